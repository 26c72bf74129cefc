import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../errors/clock.ts";
import { scrub } from "../errors/redaction.ts";

/** What a load tells while it runs: written to log.ndjson, and shown by the command line. */
export type LoadEvent =
  | { readonly kind: "run"; readonly run: string; readonly text: string }
  | {
      readonly kind: "reading";
      readonly entity: string;
      readonly records: number;
      readonly rejected: number;
      readonly bytes: number;
      /** The last word on this entity. */
      readonly finished: boolean;
    }
  | {
      readonly kind: "package";
      readonly package: string;
      readonly entity: string;
      readonly legalEntity: string;
      readonly records: number;
      readonly state: string;
      readonly text: string;
    }
  | { readonly kind: "retry"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string };

/** The event without the secrets that a message of F&O or of the Azure SDK may quote. */
export function scrubbedEvent(event: LoadEvent): LoadEvent {
  return "text" in event ? { ...event, text: scrub(event.text) } : event;
}

export type LoadListener = (event: LoadEvent) => void;

/** The log of one run: JSON lines with time and run, scrubbed of secrets. */
export class RunLog {
  readonly #file: string;
  readonly #run: string;
  readonly #clock: Clock;
  readonly #listener: LoadListener | undefined;

  constructor(options: { file: string; run: string; clock: Clock; listener: LoadListener | undefined }) {
    mkdirSync(path.dirname(options.file), { recursive: true, mode: 0o700 });
    this.#file = options.file;
    this.#run = options.run;
    this.#clock = options.clock;
    this.#listener = options.listener;
  }

  write(event: LoadEvent): void {
    // Progress inside a file is for eyes only; the log keeps what changed.
    if (event.kind !== "reading" || event.finished) {
      const time = new Date(this.#clock.now()).toISOString();
      const line = JSON.stringify({ time, run: this.#run, ...event });
      appendFileSync(this.#file, `${scrub(line)}\n`, { mode: 0o600 });
    }
    this.#listener?.(scrubbedEvent(event));
  }
}
