/** One HTTP request and what came of it, for the log and telemetry. It holds no address: a path or query may be secret. */
export interface CallRecord {
  /** What was being done: "Starting the import". */
  readonly purpose: string;
  readonly method: string;
  /** Host and port of the server. */
  readonly host: string;
  /** `once`: a second request could have a second effect. See HttpCall. */
  readonly effect: "repeatable" | "once";
  readonly durationMs: number;
  /** Absent where no answer came. */
  readonly status?: number;
  /** Why no answer came. */
  readonly failure?: string;
  /** Ids by which the server's operators find the request in their own logs, by the name of the header. */
  readonly requestIds: Readonly<Record<string, string>>;
}

export type CallListener = (call: CallRecord) => void;

/**
 * Names of the headers in which the services give a request an id: `x-ms-request-id` (storage, Entra), `request-id` and
 * `ms-dyn-aid` (the activity id of Finance & Operations, which Microsoft's support asks for; observed in answers),
 * `x-ms-correlation-request-id` (gateways), and the id that the Azure SDK sent along.
 */
const idHeaders = [
  "x-ms-request-id",
  "request-id",
  "ms-dyn-aid",
  "activityid",
  "x-ms-correlation-request-id",
  "x-ms-client-request-id",
];

/** The request ids among the headers of an answer, as `header` gives them by lower-case name. */
export function requestIdsOf(header: (name: string) => unknown): Readonly<Record<string, string>> {
  const found = idHeaders.flatMap((name) => {
    const value = header(name);
    // An id is short; whatever else stands there is not for our log.
    return typeof value === "string" && value !== "" && value.length <= 200 ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}

/** The ids for the end of a message: " (x-ms-request-id 0ab1…)", or nothing. */
export function requestIdText(headers: Readonly<Record<string, unknown>>): string {
  const [first] = Object.entries(requestIdsOf((name) => headers[name]));
  return first === undefined ? "" : ` (${first.join(" ")})`;
}

/** Whether something went wrong with the call: no answer, or a status that is none of success. */
export function hasFailed(call: CallRecord): boolean {
  return call.status === undefined || call.status >= 400;
}
