import { asDmfpipeError, formatPlace, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import type { RunSummary } from "../rejection/summary.ts";
import type { RunResult } from "./load-options.ts";

/** What stopped a load, in words that hold nothing of a record: the message of an error may quote one. */
export interface OutcomeError {
  readonly code: ErrorCode;
  readonly title: string;
  /** `file:line:column` of the configuration, where it is known; else empty. */
  readonly place: string;
  /** What to do about it, in general. */
  readonly next: string;
}

/** How a load ended, be it one that did not begin: what those are told who did not watch it. */
export interface LoadOutcome {
  readonly project: string;
  readonly environment: string;
  readonly command: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly exitCode: number;
  /** As in summary.json, or `did not begin`. */
  readonly status: string;
  readonly resumable: boolean;
  /** Absent where no run came to be. */
  readonly summary?: RunSummary;
  /** Absolute path of the report. */
  readonly reportFile?: string;
  readonly error?: OutcomeError;
  /** The next command to type. */
  readonly next?: string;
}

/** What an outcome has in common, whichever way it came. */
export type OutcomeFrame = Pick<
  LoadOutcome,
  "project" | "environment" | "command" | "startedMs" | "finishedMs"
>;

/** The outcome of a run that was made. */
export function outcomeOfRun(frame: OutcomeFrame, result: RunResult, next: string | undefined): LoadOutcome {
  const { summary, folder, resumable, error } = result;
  return {
    ...frame,
    exitCode: summary.exitCode,
    status: summary.status,
    resumable,
    summary,
    reportFile: folder.reportFile,
    ...(error === undefined ? {} : { error: outcomeError(error) }),
    ...(next === undefined ? {} : { next }),
  };
}

/** The outcome of a load that did not begin: the lock was held, the configuration is wrong, F&O let nobody in. */
export function outcomeOfFailure(frame: OutcomeFrame, thrown: unknown): LoadOutcome {
  const error = asDmfpipeError(thrown);
  const { exitCode } = error.entry;
  return { ...frame, exitCode, status: "did not begin", resumable: false, error: outcomeError(error) };
}

function outcomeError(error: DmfpipeError): OutcomeError {
  const { file, line, column } = error.at;
  const { title, next } = error.entry;
  return { code: error.code, title, place: formatPlace({ file, line, column }), next };
}
