import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../errors/clock.ts";
import { ActionRefused } from "./action-refused.ts";
import { transaction } from "./database.ts";
import { DefinitionGroupStore } from "./definition-group-store.ts";
import { definitionGroupDetails, definitionGroups } from "./definition-group-sets.ts";
import { DefinitionGroupDetailWriter, DefinitionGroupWriter } from "./definition-group-writer.ts";
import { EntityWriter } from "./entity-writer.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import { answerMetadata } from "./metadata-endpoints.ts";
import { keyCondition, keyValues, readAddress, type ODataAddress } from "./odata-address.ts";
import { methodNotAllowedAnswer, noResourceAnswer, odataErrorAnswer, throttledText } from "./odata-answer.ts";
import { answerBatch } from "./odata-batch.ts";
import { readEntity, type WrittenValues } from "./odata-body.ts";
import { csdlDocument } from "./odata-csdl.ts";
import { answerEntity, answerRowCount, answerRows } from "./odata-read.ts";
import { readRows } from "./odata-query.ts";
import { nothingSelected, WriteFailed } from "./odata-refusal.ts";
import { entityAddress, etag, rowRenderer } from "./odata-render.ts";
import type { ODataRecord, ODataSet } from "./odata-set.ts";
import { odataSets, type ODataSets } from "./odata-sets.ts";
import { comparableText, textFunction } from "./odata-value.ts";
import { RequestThrottle } from "./request-throttle.ts";
import type { RowStore } from "./row-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface ODataServiceOptions {
  readonly database: DatabaseSync;
  readonly rows: RowStore;
  readonly executions: ExecutionStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
  readonly faults: FaultPlan;
}

/** Writes rows of one set; every method throws ActionRefused when the row is refused. */
interface RowWriter {
  insert(values: WrittenValues): ODataRecord;
  update(record: ODataRecord, values: WrittenValues): void;
  remove(record: ODataRecord): void;
}

/** Everything below `/data/` that is no action, and `/metadata/`. */
export class ODataService {
  readonly #options: ODataServiceOptions;
  readonly #sets: ODataSets;
  readonly #writers: ReadonlyMap<string, RowWriter>;
  readonly #throttle: RequestThrottle;
  /** Data projects as they were made through OData. */
  readonly definitionGroups: DefinitionGroupStore;

  constructor(options: ODataServiceOptions) {
    const { database, settings, setup, clock, executions } = options;
    this.#options = options;
    database.function(textFunction, { deterministic: true }, comparableText);
    this.definitionGroups = new DefinitionGroupStore(database);
    this.#sets = odataSets(setup);
    this.#throttle = new RequestThrottle({
      clock,
      maxRequests: settings.odataRequestsPerWindow,
      windowSeconds: settings.odataWindowSeconds,
    });
    const { defaultCompany } = settings;
    const groupContext = { groups: this.definitionGroups, executions, setup };
    this.#writers = new Map<string, RowWriter>([
      [definitionGroups.name, new DefinitionGroupWriter(groupContext)],
      [definitionGroupDetails.name, new DefinitionGroupDetailWriter(groupContext)],
      ...[...this.#sets.entities].map(
        ([name, set]) => [name, new EntityWriter({ ...options, defaultCompany }, set)] as const,
      ),
    ]);
  }

  /** Answers a request whose path begins with `/data` or `/metadata/`. `base` is the environment's address. */
  answer(base: string, request: SandboxRequest): SandboxAnswer {
    if (request.method === "POST" && request.path === "/data/$batch") {
      const { settings, database, faults } = this.#options;
      return withVersion(
        answerBatch(request, {
          ...{ base, settings, faults },
          single: (operation) => this.#operation(base, operation),
          inTransaction: (work) => transaction(database, work),
          inChangeset: (operation) =>
            this.#throttled() ?? this.#guarded(500, () => this.#route(base, operation)),
        }),
      );
    }
    return withVersion(this.#operation(base, request));
  }

  /** One request on its own: its writes are a transaction. */
  #operation(base: string, request: SandboxRequest): SandboxAnswer {
    const throttled = this.#throttled();
    if (throttled !== undefined) return throttled;
    return this.#guarded(this.#options.settings.writeFailedStatus, () =>
      request.method === "GET"
        ? this.#route(base, request)
        : transaction(this.#options.database, () => this.#route(base, request)),
    );
  }

  #throttled(): SandboxAnswer | undefined {
    const waitSeconds = this.#throttle.take();
    if (waitSeconds === undefined) return undefined;
    const answer = odataErrorAnswer(429, throttledText);
    return { ...answer, headers: { ...answer.headers, "retry-after": String(waitSeconds) } };
  }

  /** Observed: a row that cannot be written is 400 on its own, and 500 in a changeset. */
  #guarded(writeFailedStatus: number, work: () => SandboxAnswer): SandboxAnswer {
    try {
      return work();
    } catch (error) {
      if (error instanceof WriteFailed) return odataErrorAnswer(writeFailedStatus, error.message, error.type);
      if (error instanceof ActionRefused) return odataErrorAnswer(error.status, error.message, error.type);
      throw error;
    }
  }

  #route(base: string, request: SandboxRequest): SandboxAnswer {
    const { setup } = this.#options;
    const { method, path } = request;
    const url = `${base}${path}`;
    if (path.startsWith("/metadata/")) {
      if (method !== "GET") return methodNotAllowedAnswer(method);
      return answerMetadata({ base, setup, sets: this.#sets }, request);
    }
    if (path === "/data" || path === "/data/") {
      return method === "GET" ? serviceDocument(base, this.#sets) : methodNotAllowedAnswer(method);
    }
    if (path === "/data/$metadata") {
      if (method !== "GET") return methodNotAllowedAnswer(method);
      const headers = { "content-type": "application/xml; charset=utf-8" };
      return { status: 200, headers, body: csdlDocument(this.#sets) };
    }
    const address = readAddress(path.slice("/data/".length));
    const set = address === undefined ? undefined : this.#sets.byName.get(address.set);
    if (address === undefined || set === undefined) return noResourceAnswer(url);
    return this.#setAnswer(base, request, set, address);
  }

  #setAnswer(base: string, request: SandboxRequest, set: ODataSet, address: ODataAddress): SandboxAnswer {
    const { database, settings } = this.#options;
    const { method, query } = request;
    const everywhere = query.get("cross-company")?.toLowerCase() === "true";
    const company = everywhere ? undefined : settings.defaultCompany.toUpperCase();
    const context = { base, database, set, sets: this.#sets.byName, company, settings };
    if (address.key === undefined && address.rest === "") {
      if (method === "GET") return answerRows(context, query);
      return method === "POST" ? this.#insert(base, set, request) : methodNotAllowedAnswer(method);
    }
    if (address.key === undefined) {
      if (address.rest === "$count" && method === "GET") return answerRowCount(context, query);
      return noResourceAnswer(`${base}${request.path}`);
    }
    if (address.rest !== "") return noResourceAnswer(`${base}${request.path}`);
    const where = keyCondition(set, keyValues(set, address.key));
    const [record] = readRows(database, set, { company, where, limit: 1 });
    if (method === "GET") return answerEntity(context, query, record);
    const writer = this.#writers.get(set.name);
    if (writer === undefined || !["PATCH", "PUT", "DELETE"].includes(method)) {
      return methodNotAllowedAnswer(method);
    }
    if (record === undefined) throw nothingSelected();
    const wanted = request.headers["if-match"];
    if (wanted !== undefined && wanted !== "*" && wanted !== etag(set, record)) {
      return odataErrorAnswer(412, "The record was changed by somebody else since it was read.");
    }
    if (method === "DELETE") writer.remove(record);
    else writer.update(record, readEntity(set, request.body, request.headers["content-type"]));
    return { status: 204, body: "" };
  }

  /** 201 with the entity. Headers as in an observed answer. */
  #insert(base: string, set: ODataSet, request: SandboxRequest): SandboxAnswer {
    const writer = this.#writers.get(set.name);
    if (writer === undefined) return methodNotAllowedAnswer(request.method);
    const values = readEntity(set, request.body, request.headers["content-type"]);
    const record = writer.insert(values);
    const context = JSON.stringify(`${base}/data/$metadata#${set.name}/$entity`);
    const json = rowRenderer(set)(record);
    return {
      ...jsonAnswer(201, null),
      headers: {
        ...jsonAnswer(201, null).headers,
        location: `${base}/data/${entityAddress(set, record)}`,
        etag: etag(set, record),
      },
      body: `{"@odata.context":${context},${json.slice(1)}`,
    };
  }
}

function serviceDocument(base: string, sets: ODataSets): SandboxAnswer {
  const value = [...sets.byName.keys()].sort().map((name) => ({ name, kind: "EntitySet", url: name }));
  return jsonAnswer(200, { "@odata.context": `${base}/data/$metadata`, value });
}

function withVersion(answer: SandboxAnswer): SandboxAnswer {
  return { ...answer, headers: { "odata-version": "4.0", ...answer.headers } };
}
