import { HttpPolicy, type RetrySettings } from "../../environment/http-policy.ts";
import type { Clock } from "../../errors/clock.ts";
import { asDmfpipeError } from "../../errors/dmfpipe-error.ts";
import { webhookOf, type NotificationSettings } from "../../project/notification.ts";
import type { LoadOutcome } from "../load-outcome.ts";
import { isWanted, notificationContent } from "./notification-content.ts";
import { notificationBody } from "./notification-formats.ts";

const webhookRetry: RetrySettings = { attempts: 4, firstPauseMs: 1_000, longestPauseMs: 8_000 };

/** How long a load may be kept from ending by a receiver that does not answer. */
const allInAllMs = 60_000;
const oneRequestMs = 10_000;

export interface NotifyOptions {
  readonly settings: NotificationSettings;
  /** Variables the address may name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly retry?: RetrySettings;
  /** Milliseconds after which it is given up. */
  readonly deadlineMs?: number;
}

/**
 * Tells the webhook how a load ended, where project.yaml wants it told. What seems to be temporary is tried again.
 *
 * Never throws: whoever cannot be told changes nothing about the load. Returns what went wrong, for a warning, without
 * the address; undefined where all is well or nobody wanted to know.
 */
export async function notify(outcome: LoadOutcome, options: NotifyOptions): Promise<string | undefined> {
  const { settings, variables, clock, retry = webhookRetry, deadlineMs = allInAllMs } = options;
  if (!isWanted(outcome, settings.on)) return undefined;
  const http = new HttpPolicy({
    environment: "notify",
    clock,
    retry,
    signal: AbortSignal.timeout(deadlineMs),
  });
  try {
    const { url, format } = webhookOf(settings, variables);
    const answer = await http.send({
      method: "POST",
      url: url.reveal(),
      headers: { "content-type": "application/json" },
      body: notificationBody(notificationContent(outcome), format),
      purpose: "Sending the notification",
      // Told twice is better than not at all.
      effect: "repeatable",
      timeoutMs: oneRequestMs,
      maxBytes: 1_000_000,
    });
    if (answer.status >= 200 && answer.status < 300) return undefined;
    return `nobody was notified: the receiver answered HTTP ${answer.status}`;
  } catch (thrown) {
    const { code, message } = asDmfpipeError(thrown);
    const why = code === "DMFP-INTERRUPTED" ? "there was no answer in time" : message.replace(/\.$/, "");
    return `nobody was notified: ${why}`;
  } finally {
    await http.close();
  }
}
