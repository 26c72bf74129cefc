import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BlockBlobClient } from "@azure/storage-blob";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/start-sandbox.ts";
import { sharedAzurite } from "./shared-azurite.ts";

/** Speaks to a sandbox over HTTP as any client would; knows nothing of its inside. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ImportParameters {
  readonly packageUrl: string;
  readonly definitionGroupId: string;
  readonly executionId: string;
  readonly execute: boolean;
  readonly overwrite: boolean;
  readonly legalEntityId: string;
}

export interface JobDetail {
  readonly EntityName: string;
  readonly StagingStatus: string;
  readonly TargetStatus: string;
  readonly StagingRecordsToBeProcessedCount: number;
  readonly StagingRecordsCreatedCount: number;
  readonly TargetRecordsCreatedCount: number;
  readonly TargetRecordsUpdatedCount: number;
}

/** A sandbox of its own in a new folder, gone when the test ends. */
export async function sandboxForTest(
  settings: Partial<SandboxSettings> = {},
  options: Partial<SandboxOptions> = {},
): Promise<SandboxClient> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(path.join(tmpdir(), "dmfpipe-sandbox-")));
  // What a folder holds that others know stays in it.
  const azurite = options.dataFolder === undefined ? { azurite: await sharedAzurite() } : {};
  const sandbox = await startSandbox({ dataFolder, ...azurite, ...options, settings });
  onTestFinished(async () => {
    await sandbox.stop();
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
  });
  return new SandboxClient(sandbox);
}

/** One sandbox for all tests of a file; they keep out of each other's way by using their own keys. */
export function sharedSandbox(settings: Partial<SandboxSettings> = {}, setup?: unknown): () => SandboxClient {
  let client: SandboxClient | undefined;
  let dataFolder = "";
  beforeAll(async () => {
    dataFolder = await mkdtemp(path.join(tmpdir(), "dmfpipe-sandbox-"));
    const setupFile = setup === undefined ? undefined : path.join(dataFolder, "setup.json");
    if (setupFile !== undefined) await writeFile(setupFile, JSON.stringify(setup));
    const azurite = await sharedAzurite();
    client = new SandboxClient(await startSandbox({ dataFolder, setupFile, settings, azurite }));
  });
  afterAll(async () => {
    await client?.sandbox.stop();
    await rm(dataFolder, { recursive: true, force: true });
  });
  return () => {
    if (client === undefined) throw new Error("The sandbox has not started.");
    return client;
  };
}

export class SandboxClient {
  readonly sandbox: Sandbox;
  #token: string | undefined;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  async tokenAnswer(
    form: Readonly<Record<string, string>>,
    route = "oauth2/v2.0/token",
    tenant?: string,
  ): Promise<Answer> {
    const { authorityHost, tenant: own } = this.sandbox;
    return send(`${authorityHost}/${tenant ?? own}/${route}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    });
  }

  async token(clientId = this.sandbox.clientId, clientSecret = this.sandbox.clientSecret): Promise<string> {
    const answer = await this.tokenAnswer({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${this.sandbox.url}/.default`,
    });
    return (JSON.parse(answer.text) as { access_token: string }).access_token;
  }

  async get(target: string, token?: string): Promise<Answer> {
    this.#token ??= await this.token();
    const headers = { authorization: `Bearer ${token ?? this.#token}` };
    return send(`${this.sandbox.url}${target}`, { headers });
  }

  async rows(target: string): Promise<Record<string, unknown>[]> {
    const answer = await this.get(target);
    if (answer.status !== 200) throw new Error(answer.text);
    return (JSON.parse(answer.text) as { value: Record<string, unknown>[] }).value;
  }

  async action(name: string, parameters: unknown, token?: string): Promise<Answer> {
    this.#token ??= await this.token();
    return send(
      `${this.sandbox.url}/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.${name}`,
      {
        method: "POST",
        headers: { authorization: `Bearer ${token ?? this.#token}`, "content-type": "application/json" },
        body: typeof parameters === "string" ? parameters : JSON.stringify(parameters),
      },
    );
  }

  /** A record through OData. */
  async post(target: string, record: unknown): Promise<Answer> {
    this.#token ??= await this.token();
    return send(`${this.sandbox.url}${target}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify(record),
    });
  }

  /** The same client, signed in anew: the token of the other one may have ended. */
  withNewToken(): SandboxClient {
    return new SandboxClient(this.sandbox);
  }

  /** The scalar an action answers with; throws its refusal otherwise. */
  async value(name: string, parameters: unknown): Promise<string | boolean> {
    const answer = await this.action(name, parameters);
    if (answer.status !== 200) throw new Error(refusal(answer));
    return (JSON.parse(answer.text) as { value: string | boolean }).value;
  }

  async upload(content: Buffer): Promise<string> {
    const value = await this.value("GetAzureWriteUrl", { uniqueFileName: `${randomUUID()}.zip` });
    const { BlobUrl: url } = JSON.parse(String(value)) as { BlobUrl: string };
    await new BlockBlobClient(url).uploadData(content);
    return url;
  }

  async importPackage(
    content: Buffer,
    parameters: Partial<ImportParameters> = {},
    name = "ImportFromPackage",
  ): Promise<Answer> {
    const packageUrl = parameters.packageUrl ?? (await this.upload(content));
    return this.action(name, {
      definitionGroupId: `project-${randomUUID()}`,
      executionId: randomUUID(),
      execute: true,
      overwrite: true,
      legalEntityId: "USMF",
      ...parameters,
      packageUrl,
    });
  }

  /** Imports, waits for the end and says how it ended. */
  async load(
    content: Buffer,
    parameters: Partial<ImportParameters> = {},
  ): Promise<{ id: string; status: string }> {
    const answer = await this.importPackage(content, parameters);
    if (answer.status !== 200) throw new Error(refusal(answer));
    const { value: id } = JSON.parse(answer.text) as { value: string };
    return { id, status: await this.ended(id) };
  }

  async ended(id: string): Promise<string> {
    for (;;) {
      const answer = await this.action("GetExecutionSummaryStatus", { executionId: id });
      if (answer.status === 200) {
        const { value } = JSON.parse(answer.text) as { value: string };
        if (value !== "Executing") return value;
      } else if (!refusal(answer).includes("Execution details were not found")) {
        throw new Error(refusal(answer));
      }
      await sleep(5);
    }
  }

  async details(id: string): Promise<JobDetail[]> {
    const filter = encodeURIComponent(`JobId eq '${id}'`);
    return (await this.rows(
      `/data/DataManagementExecutionJobDetails?$filter=${filter}`,
    )) as unknown as JobDetail[];
  }

  async errors(id: string): Promise<{ RecordId: string; Field: string; ErrorMessage: string }[]> {
    const value = await this.value("GetExecutionErrors", { executionId: id });
    return JSON.parse(String(value)) as { RecordId: string; Field: string; ErrorMessage: string }[];
  }
}

export async function send(url: string, options: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, options);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The useful text of a refusal in the documented shape. */
export function refusal(answer: Answer): string {
  const body = JSON.parse(answer.text) as {
    error?: { message: string; innererror: { message: string } };
    Message?: string;
  };
  return body.error?.innererror.message ?? body.Message ?? answer.text;
}
