import { DmfpipeError } from "./dmfpipe-error.ts";

/** What a run ends with when somebody stopped it (Ctrl-C, SIGTERM): it can be resumed. */
export function interrupted(): DmfpipeError {
  return new DmfpipeError("DMFP-INTERRUPTED", "The run was interrupted.");
}
