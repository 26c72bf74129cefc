import type { Clock } from "../errors/clock.ts";
import { isLogged, loggedCall, logLine, type LoadCallListener, type LoadListener } from "../load/run-log.ts";

/** The log as JSON lines, for journald and Kubernetes: the lines of a run's log.ndjson, and everything else that is told. */
export interface JsonLog {
  readonly listener: LoadListener;
  readonly onCall: LoadCallListener;
  /** Anything else, under a `kind` of its own. */
  readonly entry: (entry: Readonly<Record<string, unknown>>) => void;
}

/** Writes each entry as one line with time and run, scrubbed of secrets. */
export function jsonLog(write: (text: string) => void, clock: Clock): JsonLog {
  let run: string | undefined;
  const entry = (what: Readonly<Record<string, unknown>>): void => {
    write(`${logLine(what, { clock, run })}\n`);
  };
  return {
    listener: (event) => {
      if (event.kind === "run") ({ run } = event);
      if (isLogged(event)) entry({ ...event });
    },
    onCall: (call) => {
      const logged = loggedCall(call);
      if (logged !== undefined) entry(logged);
    },
    entry,
  };
}
