import type { RetrySettings } from "../../src/environment/http-policy.ts";

/** As many attempts as a test can count, and pauses it does not notice. */
export const quickRetry: RetrySettings = { attempts: 3, firstPauseMs: 1, longestPauseMs: 4 };
