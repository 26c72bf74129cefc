import type { HttpClient, Pipeline, PipelineResponse } from "@azure/core-rest-pipeline";
import type { CallListener } from "./call-record.ts";
import { observed } from "./observed-pipeline.ts";

/** How often a download whose connection breaks off is taken up again. */
const mostResumptions = 3;
/** Of an answer that is none of success; the store's are some hundred. */
const refusalChars = 4096;

/** A blob that is being received. */
export interface ReceivedBlob {
  /** Where the store says so. */
  readonly sizeBytes: number | undefined;
  readonly bytes: AsyncIterable<Buffer>;
}

/**
 * Gets blobs by their addresses, through the pipeline that is beneath Microsoft's SDK of the blob store and that signing
 * in has loaded already. The SDK itself is for uploads: what it brings along to read and write blobs of every kind takes
 * 20 MB, for one GET. (bench/attribution.ts)
 */
export class BlobDownload {
  readonly #onCall: CallListener | undefined;
  #connection: ReturnType<typeof openPipeline> | undefined;

  /** `onCall` is told of every request. */
  constructor(onCall: CallListener | undefined) {
    this.#onCall = onCall;
  }

  /**
   * Begins to receive a blob. Where the connection breaks off, what is missing is asked for, as long as the blob is the
   * same one; what is received is as long as the store said. Rejects, now or further down, with a RestError (see
   * isStoreError) for an answer that is none of success or none at all, and with an AbortError.
   */
  async begin(url: string, signal: AbortSignal): Promise<ReceivedBlob> {
    const first = await this.#ask(url, { signal, from: 0 });
    const length = first.headers.get("content-length");
    // What is unpacked on its way has another length.
    const sizeBytes =
      length === undefined || first.headers.has("content-encoding") ? undefined : Number(length);
    return { sizeBytes, bytes: this.#pieces(url, { first, sizeBytes, signal }) };
  }

  async *#pieces(
    url: string,
    {
      first,
      sizeBytes,
      signal,
    }: {
      readonly first: PipelineResponse;
      readonly sizeBytes: number | undefined;
      readonly signal: AbortSignal;
    },
  ): AsyncGenerator<Buffer> {
    const version = first.headers.get("etag");
    let answer = first;
    let receivedBytes = 0;
    for (let resumed = 0; ; resumed++) {
      let broken: unknown;
      try {
        for await (const chunk of (answer.readableStreamBody ?? []) as AsyncIterable<Buffer>) {
          receivedBytes += chunk.length;
          yield chunk;
        }
        if (sizeBytes === undefined || receivedBytes === sizeBytes) return;
      } catch (thrown) {
        broken = thrown;
      }
      if (resumed === mostResumptions || version === undefined || sizeBytes === undefined || signal.aborted) {
        if (broken instanceof Error) throw broken;
        throw await this.#error(`${receivedBytes} of ${String(sizeBytes)} bytes came`, answer);
      }
      answer = await this.#ask(url, { signal, from: receivedBytes, version });
    }
  }

  async #ask(
    url: string,
    {
      signal,
      from,
      version,
    }: { readonly signal: AbortSignal; readonly from: number; readonly version?: string },
  ): Promise<PipelineResponse> {
    this.#connection ??= openPipeline();
    const { library, pipeline, client } = await this.#connection;
    const wanted = from === 0 ? 200 : 206;
    const request = library.createPipelineRequest({
      url,
      headers: library.createHttpHeaders(
        from === 0 || version === undefined ? {} : { range: `bytes=${from}-`, "if-match": version },
      ),
      abortSignal: signal,
      streamResponseStatusCodes: new Set([wanted]),
      // Whether it may be spoken to without TLS was decided with its address.
      allowInsecureConnection: true,
    });
    const send = (): Promise<PipelineResponse> => pipeline.sendRequest(client, request);
    const answer = await (this.#onCall === undefined ? send() : observed(request, this.#onCall, send));
    if (answer.status === wanted) return answer;
    throw await this.#error(refusalWords(answer), answer);
  }

  async #error(message: string, response: PipelineResponse): Promise<Error> {
    this.#connection ??= openPipeline();
    const { library } = await this.#connection;
    const { request, status: statusCode } = response;
    return new library.RestError(message, { statusCode, request, response });
  }
}

async function openPipeline(): Promise<{
  readonly library: typeof import("@azure/core-rest-pipeline");
  readonly pipeline: Pipeline;
  readonly client: HttpClient;
}> {
  const library = await import("@azure/core-rest-pipeline");
  // None that repeats a request, and none that follows a redirect: nobody may send the address elsewhere.
  const pipeline = library.createEmptyPipeline();
  pipeline.addPolicy(library.setClientRequestIdPolicy());
  pipeline.addPolicy(library.proxyPolicy());
  return { library, pipeline, client: library.createDefaultHttpClient() };
}

/** What the store says, in an element of an XML document, and how. */
function refusalWords({ status, bodyAsText }: PipelineResponse): string {
  const text = (bodyAsText ?? "").slice(0, refusalChars);
  const message = (/<Message>([^<]*)/.exec(text)?.[1] ?? text).trim().replace(/\.$/, "");
  return `HTTP ${status} ${message}`.trim();
}
