import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { hasFailed, type CallRecord } from "../environment/call-record.ts";
import type { Clock } from "../errors/clock.ts";
import { scrub } from "../errors/redaction.ts";

/** What a run is busy with, as far as a person asks. */
export type RunPhase = "starting" | "reading" | "loading" | "reporting" | "ended";

/** What a load tells while it runs: written to log.ndjson, and shown by the command line. */
export type LoadEvent =
  | {
      readonly kind: "run";
      readonly run: string;
      readonly text: string;
      /** What begins here. */
      readonly phase?: RunPhase;
    }
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
      readonly sizeBytes: number;
      readonly executionId: string;
      readonly state: string;
      readonly text: string;
    }
  | {
      /** When the load will be over, if it goes on like this; times in milliseconds since 1970-01-01 UTC. */
      readonly kind: "forecast";
      readonly endsAt: number;
      readonly deadlineAt?: number;
      /** What will not be over by the deadline; 0 without one. */
      readonly latePackages: number;
      readonly lateRecords: number;
    }
  | { readonly kind: "retry"; readonly package?: string; readonly text: string }
  | { readonly kind: "warning"; readonly text: string };

/** A request to the environment or its blob store, and the package it was for. */
export interface LoadCall extends CallRecord {
  readonly package?: string;
}

/** The event without the secrets that a message of F&O or of the Azure SDK may quote. */
export function scrubbedEvent(event: LoadEvent): LoadEvent {
  return "text" in event ? { ...event, text: scrub(event.text) } : event;
}

export type LoadListener = (event: LoadEvent) => void;
export type LoadCallListener = (call: LoadCall) => void;

/** Progress inside a file is for eyes only; a log keeps what changed. */
export function isLogged(event: LoadEvent): boolean {
  return event.kind !== "reading" || event.finished;
}

/**
 * A call as the log keeps it, with the request ids that Microsoft's support asks for. Only calls that failed and those
 * that had their effect are kept: the questions in between would bury them. Undefined for the others.
 */
export function loggedCall(call: LoadCall): Readonly<Record<string, unknown>> | undefined {
  if (!hasFailed(call) && call.effect !== "once") return undefined;
  return { kind: "call", ...call, durationMs: Math.round(call.durationMs) };
}

/** One line of the log, scrubbed of secrets, without its line end. */
export function logLine(
  entry: Readonly<Record<string, unknown>>,
  where: { readonly clock: Clock; readonly run: string | undefined },
): string {
  const time = new Date(where.clock.now()).toISOString();
  return scrub(JSON.stringify({ time, ...(where.run === undefined ? {} : { run: where.run }), ...entry }));
}

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
    if (isLogged(event)) this.#append({ ...event });
    this.#listener?.(scrubbedEvent(event));
  }

  writeCall(call: LoadCall): void {
    const entry = loggedCall(call);
    if (entry !== undefined) this.#append(entry);
  }

  #append(entry: Readonly<Record<string, unknown>>): void {
    const line = logLine(entry, { clock: this.#clock, run: this.#run });
    appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
  }
}
