import { asDmfpipeError, type DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { RunSending } from "./send-run.ts";

export interface WhileBuildingOptions {
  readonly sending: RunSending;
  /** What speaks against sending before anything more is read. */
  readonly objection: DmfpipeError | undefined;
  /** Reads and adds packages to the sending until all are there, or `signal` says that nothing more is sent. */
  readonly build: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** What the load ends with where reading stopped it, told of how it stands. */
  readonly explain: (error: DmfpipeError) => DmfpipeError;
}

/**
 * Sends packages while others are built. Where reading stops, nothing further is begun, and what has begun is seen
 * through; where sending stops, reading ends with the next records. Throws what stopped it: the trouble of sending
 * first, because a package in doubt is worse than a source that can be read again.
 */
export async function sendWhileBuilding(options: WhileBuildingOptions): Promise<void> {
  const { sending, objection, build, explain } = options;
  const broken = new AbortController();
  let stopped = objection;
  const toBuild = objection === undefined ? build : undefined;
  if (toBuild === undefined) sending.close(objection);
  const sent = sending.run().catch((thrown: unknown) => {
    broken.abort();
    return asDmfpipeError(thrown);
  });
  if (toBuild !== undefined) {
    try {
      await toBuild(broken.signal);
      sending.close();
    } catch (thrown) {
      stopped = asDmfpipeError(thrown);
      sending.close(stopped);
    }
  }
  const error = (await sent) ?? stopped;
  if (error === undefined) return;
  const isTold = error.code === "DMFP-INTERRUPTED" || error.code === "DMFP-DEADLINE";
  throw error === stopped && !isTold ? explain(error) : error;
}
