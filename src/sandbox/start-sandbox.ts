import { hash } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { systemClock, type Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Azurite } from "./azurite.ts";
import { BatchQueue } from "./batch-queue.ts";
import { BlobRetention } from "./blob-retention.ts";
import { BlobStore } from "./blob-store.ts";
import { openDatabase } from "./database.ts";
import { EnvironmentSetup } from "./environment-setup.ts";
import { recoverExecutions, seedReferenceData } from "./environment-state.ts";
import { ExecutionStore } from "./execution-store.ts";
import { FaultPlan, type FiredFault } from "./fault-plan.ts";
import { HttpServer } from "./http-server.ts";
import { PackageExport } from "./package-export.ts";
import { ODataService } from "./odata-service.ts";
import { PackageImport } from "./package-import.ts";
import { ProjectEntities } from "./project-entities.ts";
import { RecurringImports } from "./recurring-imports.ts";
import { RecurringIntegration } from "./recurring-integration.ts";
import { RecurringStore } from "./recurring-store.ts";
import { requestRouter } from "./request-router.ts";
import { RowStore } from "./row-store.ts";
import { defaultSettings, type SandboxSettings } from "./sandbox-settings.ts";
import { tlsIdentity, type TlsIdentity } from "./tls-certificate.ts";
import { tokenSigning } from "./token-signing.ts";
import { WorkspaceQueries } from "./workspace/workspace-queries.ts";

export interface SandboxOptions {
  /** Folder that holds everything: the database and the blob store. Created if absent; survives restarts. */
  readonly dataFolder: string;
  /** Loopback port; default 0, any free one. */
  readonly port?: number;
  /** Absolute path of a JSON file with the team's own legal entities, reference data, sizes and rules. */
  readonly setupFile?: string | undefined;
  readonly settings?: Partial<SandboxSettings>;
  readonly clock?: Clock;
  /** Whether everything but the blob store is served over HTTPS, with a certificate of its own. Default false. */
  readonly tls?: boolean;
  /**
   * A blob store that runs already and goes on when the sandbox ends: its blobs are in a container of their own there,
   * known by `dataFolder`. Default: one of its own, which stores in `dataFolder`.
   */
  readonly azurite?: Azurite;
}

/** A running F&O environment. */
export interface Sandbox {
  /** The environment's address, without a slash at its end. */
  readonly url: string;
  /** Where tokens come from: `{authorityHost}/{tenant}/oauth2/v2.0/token` and `/oauth2/token`. */
  readonly authorityHost: string;
  readonly tenant: string;
  /** An application that is registered in this F&O. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** `host:port` of the blob store. */
  readonly blobHost: string;
  /** The self-signed certificate of the server as PEM, and its file, which a client must trust; only with `tls`. */
  readonly certificate?: string;
  readonly certificateFile?: string;
  /** Planned faults that hit, in order. */
  firedFaults(): readonly FiredFault[];
  /** Lets an execution go on that a planned fault keeps at Executing; false when none is held under this id. */
  releaseStuck(executionId: string): boolean;
  /** The lines F&O would show under View execution log: no documented request returns them. */
  executionLog(executionId: string): readonly string[];
  /** Ends the server, the batch and the blob store; what was committed stays. */
  stop(): Promise<void>;
}

/**
 * Starts an F&O environment inside this process: token endpoints, package API and OData on one loopback port, and
 * Azurite as its blob store in a child process. Throws DMFP-SANDBOX-SETUP for a set-up file that cannot be used and
 * DMFP-SANDBOX-START when folder or port are taken.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = options.clock ?? systemClock;
  const settings: SandboxSettings = { ...defaultSettings, ...options.settings };
  const application = settings.applications.find((known) => known.registered && known.mayManageData);
  if (application === undefined) {
    throw new DmfpipeError(
      "DMFP-SANDBOX-SETUP",
      "The settings list no application that is registered and may manage data.",
    );
  }
  const setup = new EnvironmentSetup(options.setupFile);
  const tls = options.tls === true ? tlsIdentity(options.dataFolder, clock) : undefined;
  const database = openDatabase(options.dataFolder);
  const workFolder = path.join(options.dataFolder, "work");
  rmSync(workFolder, { recursive: true, force: true });
  // Closed in turn, the last one first, each whatever comes of the others.
  const opened = new AsyncDisposableStack();
  opened.defer(() => {
    database.close();
  });
  try {
    const blobsStarting = openBlobStore(options, clock, opened);
    const signingMade = tokenSigning(database, clock);
    opened.defer(() =>
      signingMade.then(
        () => undefined,
        () => undefined,
      ),
    );
    const executions = new ExecutionStore(database);
    const rows = new RowStore(database);
    seedReferenceData(database, setup, rows);
    const blobs = await blobsStarting;
    const queue = new BatchQueue({ database, executions, rows, setup, clock }, settings.targetDelayMs);
    opened.defer(() => queue.stop());
    const imports = new PackageImport(
      { database, executions, rows, blobs, setup, settings, clock, workFolder },
      queue,
    );
    opened.defer(() => imports.settle());
    recoverExecutions(database, { executions, rows }, queue);
    const exports = new PackageExport({ database, executions, rows, blobs, setup, settings, clock });
    opened.defer(() => exports.stop());
    const messages = new RecurringStore(database);
    const projects = new ProjectEntities(database);
    const incoming = new RecurringImports({
      ...{ messages, projects, executions, imports, blobs, setup, settings, clock },
    });
    opened.defer(() => incoming.stop());
    incoming.recover(settings.recurringJobs);
    const recurring = new RecurringIntegration({
      ...{ messages, incoming, exports, executions, settings, blobs, clock },
    });
    const retention = new BlobRetention(blobs, clock, settings.blobRetentionDays);

    const queries = new WorkspaceQueries(database);
    const faults = new FaultPlan(settings.faults, clock);
    const signing = await signingMade;
    const odata = new ODataService({ database, rows, executions, setup, settings, clock, faults });
    const server = await listen(options.port ?? 0, tls, (port) =>
      requestRouter({
        base: baseUrl(port, tls),
        signing,
        ...{ executions, rows, blobs, setup, settings, imports, clock, odata, faults, queue, queries },
        ...{ exports, recurring, retention },
      }),
    );
    opened.defer(() => server.close());
    const url = baseUrl(server.port, tls);
    return {
      url,
      authorityHost: url,
      tenant: settings.tenant,
      clientId: application.clientId,
      clientSecret: application.clientSecret,
      blobHost: blobs.host,
      ...(tls === undefined ? {} : { certificate: tls.certificate, certificateFile: tls.certificateFile }),
      firedFaults: () => faults.fired(),
      releaseStuck: (executionId) => queue.release(executionId),
      executionLog: (executionId) => executions.logLines(executions.find(executionId)?.number ?? 0),
      stop: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Adds to `opened` what ends it. */
function openBlobStore(
  { azurite, dataFolder }: SandboxOptions,
  clock: Clock,
  opened: AsyncDisposableStack,
): Promise<BlobStore> {
  if (azurite !== undefined) {
    return BlobStore.open(azurite, `dmf-${hash("sha256", dataFolder).slice(0, 32)}`, clock);
  }
  const own = Azurite.start(path.join(dataFolder, "blobs"));
  const blobs = BlobStore.open(own, "dmf", clock);
  opened.defer(async () => {
    const [started] = await Promise.allSettled([own, blobs]);
    if (started.status === "fulfilled") await started.value.stop();
  });
  return blobs;
}

function baseUrl(port: number, tls: TlsIdentity | undefined): string {
  return tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
}

async function listen(
  port: number,
  tls: TlsIdentity | undefined,
  handlerFor: Parameters<typeof HttpServer.listen>[1],
): Promise<HttpServer> {
  try {
    return await HttpServer.listen(port, handlerFor, tls);
  } catch (cause) {
    throw new DmfpipeError("DMFP-SANDBOX-START", `The sandbox cannot listen on port ${port}.`, { cause });
  }
}
