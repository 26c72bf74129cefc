import { AsyncLocalStorage } from "node:async_hooks";
import type { Fault } from "./fault-plan.ts";

/**
 * The fault that hit the request which is being worked on, for code far below the router that has to misbehave.
 * It follows the request through everything it sets off, staging in the background included.
 */
export const faultScope = new AsyncLocalStorage<Fault>();
