/** A request as the sandbox's handlers see it: the body is complete and within its limit. */
export interface SandboxRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface SandboxAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** A planned fault: the connection is closed after so many bytes of the body, whatever its length promised. */
  readonly cutAfterBytes?: number;
}

/** An answer with a JSON body. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): SandboxAnswer {
  return {
    status,
    headers: { "content-type": "application/json; odata.metadata=minimal; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

/** A function that answers requests, whatever it does on the way. */
export type Handler = (request: SandboxRequest) => Promise<SandboxAnswer>;
