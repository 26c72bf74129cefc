import { errorRegistry, type ErrorCode, type ErrorEntry } from "./registry.ts";
import { scrub } from "./redaction.ts";

/** Where something went wrong, as far as it is known. */
export interface ErrorPlace {
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based. */
  readonly column?: number | undefined;
  readonly field?: string | undefined;
  readonly environment?: string | undefined;
}

export interface DmfpipeErrorOptions {
  readonly at?: ErrorPlace;
  /** What to do next, where it can be said more exactly than the registry does. */
  readonly next?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of dmfpipe: what happened, where, and what to do next, with a code that never
 * changes its meaning. Everything that stops a command is one of these; a problem of a single record
 * is a value instead (see reason.ts), because it must not unwind the stream.
 */
export class DmfpipeError extends Error {
  override readonly name = "DmfpipeError";
  readonly code: ErrorCode;
  readonly at: ErrorPlace;
  readonly next: string;

  /** The message is scrubbed of SAS signatures and tokens: it may quote what a server said. */
  constructor(code: ErrorCode, message: string, options: DmfpipeErrorOptions = {}) {
    super(scrub(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.at = options.at ?? {};
    this.next = scrub(options.next ?? errorRegistry[code].next);
  }

  get entry(): ErrorEntry {
    return errorRegistry[this.code];
  }
}

/** Any thrown value as a DmfpipeError; what is not one already is a defect of ours (DMFP-BUG). */
export function asDmfpipeError(thrown: unknown): DmfpipeError {
  if (thrown instanceof DmfpipeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new DmfpipeError("DMFP-BUG", message, { cause: thrown });
}

/** `file:line:column`, as far as known; empty when nothing is. */
export function formatPlace(at: ErrorPlace): string {
  const position = [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
  const field = at.field === undefined ? "" : `field ${at.field}`;
  const environment = at.environment === undefined ? "" : `environment ${at.environment}`;
  return [position, field, environment].filter((part) => part !== "").join(", ");
}
