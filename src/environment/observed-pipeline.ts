import type { Pipeline, StoragePipelineOptions } from "@azure/storage-blob";
import { monotonicMs } from "../errors/clock.ts";
import { requestIdsOf, type CallListener, type CallRecord } from "./call-record.ts";
import { isStoreError } from "./store-error.ts";

/**
 * The Azure SDK. It is loaded where a blob store is first spoken to: with what it brings along it takes 30 MB and a fifth
 * of a second, which a dry run and a build have no use for.
 */
export type StorageBlob = typeof import("@azure/storage-blob");

/**
 * The Azure SDK's way to a blob store, with `onCall` told of every request. No credential is added: the addresses that
 * F&O hands out carry their own.
 */
export function observedPipeline(
  sdk: StorageBlob,
  options: StoragePipelineOptions,
  onCall: CallListener | undefined,
): Pipeline {
  const pipeline = sdk.newPipeline(new sdk.AnonymousCredential(), options);
  if (onCall === undefined) return pipeline;
  pipeline.factories.unshift({
    create: (next) => ({
      sendRequest: async (request) => await observed(request, onCall, () => next.sendRequest(request)),
    }),
  });
  return pipeline;
}

/** An answer as the SDK and the pipeline beneath it have it. */
interface StoreAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
}

/** Sends a request to a blob store, and tells `onCall` about it. Throws what `send` throws. */
export async function observed<Answer extends StoreAnswer>(
  request: { readonly method: string; readonly url: string },
  onCall: CallListener,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const startedMs = monotonicMs();
  const url = new URL(request.url);
  const record = (rest: Pick<CallRecord, "requestIds" | "status" | "failure">): void => {
    onCall({
      purpose: purposeOf(request.method, url),
      method: request.method,
      host: url.host,
      // A block, and the list of them, may be sent any number of times.
      effect: "repeatable",
      durationMs: monotonicMs() - startedMs,
      ...rest,
    });
  };
  try {
    const answer = await send();
    record({ status: answer.status, requestIds: requestIdsOf((name) => answer.headers.get(name)) });
    return answer;
  } catch (thrown) {
    record(seenOf(thrown));
    throw thrown;
  }
}

/** The SDK throws an answer that is none of success, too. */
function seenOf(thrown: unknown): Pick<CallRecord, "requestIds" | "status" | "failure"> {
  const answer = isStoreError(thrown) ? thrown.response : undefined;
  if (answer !== undefined) {
    return { status: answer.status, requestIds: requestIdsOf((name) => answer.headers.get(name)) };
  }
  return { failure: thrown instanceof Error ? thrown.message : String(thrown), requestIds: {} };
}

function purposeOf(method: string, url: URL): string {
  if (method === "GET") return "Downloading";
  if (method === "HEAD") return "Looking at the upload";
  const part = url.searchParams.get("comp");
  if (part === "block") return "Uploading a block";
  return part === "blocklist" ? "Completing the upload" : "Uploading";
}
