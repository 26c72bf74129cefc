import { refusal, send, type Answer, type SandboxClient } from "./sandbox-client.ts";

/** Reads and writes through OData over HTTP, for tests. */
export class ODataTestClient {
  readonly #client: SandboxClient;
  #token: string | undefined;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  async call(
    method: string,
    target: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    this.#token ??= await this.#client.token();
    return send(`${this.#client.sandbox.url}${target}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  get(target: string): Promise<Answer> {
    return this.call("GET", target);
  }

  async json(target: string): Promise<Record<string, unknown>> {
    const answer = await this.get(target);
    if (answer.status !== 200) throw new Error(refusal(answer));
    return JSON.parse(answer.text) as Record<string, unknown>;
  }

  /** Rows without their etags. */
  async rows(target: string): Promise<Record<string, unknown>[]> {
    const { value } = await this.json(target);
    return (value as Record<string, unknown>[]).map(withoutEtag);
  }

  /** Creates a row and returns it; throws its refusal. */
  async create(target: string, row: unknown): Promise<Record<string, unknown>> {
    const answer = await this.call("POST", target, row);
    if (answer.status !== 201) throw new Error(refusal(answer));
    return JSON.parse(answer.text) as Record<string, unknown>;
  }

  batch(
    body: string,
    headers: Readonly<Record<string, string>> = { "content-type": "multipart/mixed; boundary=batch_1" },
  ): Promise<Answer> {
    return this.call("POST", "/data/$batch", body, headers);
  }
}

export function withoutEtag(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "@odata.etag"));
}
