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

/**
 * Any thrown value as a DmfpipeError. What the operating system or SQLite refuses (a full or read-only disk, no
 * permission, too many open files) is the machine's state and no defect: DMFP-FILE-WRITE, and a ledger that is no
 * database is DMFP-RUN-FILE. Everything else is a defect of ours: DMFP-BUG.
 */
export function asDmfpipeError(thrown: unknown): DmfpipeError {
  if (thrown instanceof DmfpipeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = thrown instanceof Error ? machineError(thrown) : undefined;
  if (code === undefined) return new DmfpipeError("DMFP-BUG", message, { cause: thrown });
  const file = thrown instanceof Error && "path" in thrown ? String(thrown.path) : undefined;
  return new DmfpipeError(code, `${message}.`, { cause: thrown, at: { file } });
}

const machineCodes = new Set([
  "EACCES",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOSPC",
  "EPERM",
  "EROFS",
]);

/** Primary result codes of SQLite: PERM, BUSY, READONLY, IOERR, FULL, CANTOPEN. */
const machineResults = new Set([3, 5, 8, 10, 13, 14]);
/** CORRUPT and NOTADB. */
const brokenResults = new Set([11, 26]);

function machineError(thrown: Error): ErrorCode | undefined {
  if ("syscall" in thrown && "code" in thrown) {
    // Node says ENOENT where a folder and those above it cannot be made on a read-only disk.
    const noFolder = thrown.code === "ENOENT" && thrown.syscall === "mkdir";
    if (noFolder || machineCodes.has(String(thrown.code))) return "DMFP-FILE-WRITE";
  }
  if (!("errcode" in thrown) || typeof thrown.errcode !== "number") return undefined;
  // The upper bits say more about the same kind of failure.
  const result = thrown.errcode & 0xff;
  if (brokenResults.has(result)) return "DMFP-RUN-FILE";
  return machineResults.has(result) ? "DMFP-FILE-WRITE" : undefined;
}

/** `file:line:column`, as far as known; empty when nothing is. */
export function formatPlace(at: ErrorPlace): string {
  const position = [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
  const field = at.field === undefined ? "" : `field ${at.field}`;
  const environment = at.environment === undefined ? "" : `environment ${at.environment}`;
  return [position, field, environment].filter((part) => part !== "").join(", ");
}
