import type { HttpClient, HttpHeaders, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { asDmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import type { HttpAnswer, HttpPolicy } from "./http-policy.ts";

export interface TransportOptions {
  readonly http: HttpPolicy;
  readonly connection: EnvironmentConnection;
  /** `createHttpHeaders` of the library: it is loaded only when somebody signs in. */
  readonly makeHeaders: (values: Record<string, string>) => HttpHeaders;
}

/**
 * The way out for Microsoft's sign-in library: the environment's one HTTP policy, with its proxy, certificates, pauses
 * and interruption, instead of the library's own. It remembers what the library wraps into words of its own: the
 * answer that was no token, and the failure that ended everything.
 */
export class SignInTransport implements HttpClient {
  readonly #options: TransportOptions;
  #failure: DmfpipeError | undefined;
  #answer: HttpAnswer | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** What the HTTP policy gave up with, if it did. */
  get failure(): DmfpipeError | undefined {
    return this.#failure;
  }

  /** The last answer that came. */
  get answer(): HttpAnswer | undefined {
    return this.#answer;
  }

  /** Sends what the library wants sent. Throws what HttpPolicy throws. */
  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const { http, connection, makeHeaders } = this.#options;
    const authority = connection.authorityHost;
    const text = typeof request.body === "string" ? request.body : undefined;
    const body = connection.tenant === "adfs" ? adfsForm(text, connection.resource) : text;
    try {
      const answer = await http.send({
        method: request.method === "POST" ? "POST" : "GET",
        url: request.url.replace(libraryAddress(authority), authority),
        headers: request.headers.toJSON(),
        ...(body === undefined ? {} : { body }),
        purpose: "Signing in",
        effect: "repeatable",
        timeoutMs: 60_000,
        maxBytes: 1_000_000,
      });
      this.#answer = answer;
      return {
        request,
        status: answer.status,
        headers: makeHeaders(plainHeaders(answer)),
        // The sign-in service names its own endpoints: they have to begin as the library was told they do.
        bodyAsText: answer.text.replaceAll(authority, libraryAddress(authority)),
      };
    } catch (thrown) {
      this.#failure = asDmfpipeError(thrown);
      throw thrown;
    }
  }
}

/**
 * An authority's address as the library gets to see it. It refuses plain http even on this machine, where the sandbox
 * and tests speak it: there it is told https, and the transport translates.
 */
export function libraryAddress(authority: string): string {
  return authority.replace(/^http:/, "https:");
}

/**
 * AD FS takes `resource` where Microsoft Entra takes `scope`, and the library can only write the latter. Observed in
 * clients of on-premises environments: `/adfs/oauth2/token` is asked with the AOS address as resource.
 */
function adfsForm(body: string | undefined, resource: string): string | undefined {
  if (body === undefined) return undefined;
  const form = new URLSearchParams(body);
  if (!form.has("scope")) return body;
  form.delete("scope");
  form.set("resource", resource);
  return form.toString();
}

function plainHeaders(answer: HttpAnswer): Record<string, string> {
  const known = Object.entries(answer.headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    known.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]),
  );
}
