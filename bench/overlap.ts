import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { EntityCatalogue } from "../src/entity/catalogue.ts";
import { systemClock } from "../src/errors/clock.ts";
import { Secret } from "../src/errors/redaction.ts";
import { Ledger } from "../src/load/ledger/ledger.ts";
import { ledgerFile } from "../src/load/run-folder.ts";
import { runLoad } from "../src/load/run-load.ts";
import { readProject } from "../src/project/project.ts";
import type { Sandbox, SandboxOptions } from "../src/sandbox/start-sandbox.ts";

/**
 * How well a load overlaps its stages: many packages of one entity, against a sandbox that takes so long for an upload
 * address and so long for an import. Once everything is built (nothing is sent before that, on purpose) a load should
 * take no longer than 1.1 times the longer of all its uploads and all its imports.
 * `node bench/overlap.ts [--packages N]`; the table goes to standard output. Exit code 1 when the limit is missed.
 */
const { values: given } = parseArgs({ options: { packages: { type: "string", default: "20" } } });
const packages = Number(given.packages);
const recordsOfOne = 200;
const limit = 1.1;

const cases = [
  { name: "F&O is the slowest", uploadMs: 150, importMs: 1_500 },
  { name: "the upload is the slowest", uploadMs: 1_500, importMs: 300 },
  { name: "both take the same", uploadMs: 1_000, importMs: 800 },
] as const;

const titles = [
  "What",
  "building",
  "uploading",
  "importing",
  "loading",
  "of the longest",
  "all of the longest",
];
print(titles);
let missed = false;
for (const { name, uploadMs, importMs } of cases) {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-overlap-"));
  const options: SandboxOptions = {
    dataFolder: path.join(folder, "sandbox"),
    settings: {
      targetDelayMs: importMs,
      detailsNotFoundPolls: 0,
      faults: [{ on: "GetAzureWriteUrl", times: 100_000, delayMs: uploadMs }],
    },
  };
  const server = fork(path.join(import.meta.dirname, "sandbox-process.ts"), [JSON.stringify(options)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  try {
    const [sandbox] = (await once(server, "message")) as [Sandbox];
    const seconds = await load(path.join(folder, "project"), sandbox);
    const { building, uploading, importing, loading } = seconds;
    const ratio = loading / Math.max(uploading, importing);
    const whole = (building + loading) / Math.max(building, uploading, importing);
    missed ||= ratio > limit;
    const figures = [building, uploading, importing, loading].map((value) => `${value.toFixed(1)} s`);
    print([name, ...figures, `${ratio.toFixed(3)} ≤ ${limit}`, whole.toFixed(3)]);
  } finally {
    server.disconnect();
    if (server.exitCode === null) await once(server, "exit");
    await rm(folder, { recursive: true, force: true });
  }
}
if (missed) process.exitCode = 1;

interface Stages {
  readonly building: number;
  /** Sum over all packages. */
  readonly uploading: number;
  /** Sum over all packages, from the call to F&O's final status. */
  readonly importing: number;
  /** From the end of building to the end of the last package. */
  readonly loading: number;
}

async function load(root: string, sandbox: Sandbox): Promise<Stages> {
  await writeProject(root, sandbox);
  const project = readProject("mappings/project.yaml", root);
  const definition = project.environments["uat"];
  if (definition === undefined) throw new Error("The project has no environment uat.");
  const begin = performance.now();
  let built = begin;
  let uploadMs = 0;
  let end = begin;
  const { summary } = await runLoad({
    project,
    environmentName: "uat",
    definition,
    catalogue: EntityCatalogue.builtIn(),
    clock: systemClock,
    version: "bench",
    listener: (event) => {
      if (event.kind === "reading" && event.finished) built = performance.now();
      if (event.kind === "package") end = performance.now();
    },
    onCall: ({ purpose, host, durationMs }) => {
      if (host === sandbox.blobHost || purpose === "Asking for an upload address") uploadMs += durationMs;
    },
    connection: {
      open: () =>
        Promise.resolve({
          name: "uat",
          url: sandbox.url,
          tenant: sandbox.tenant,
          authorityHost: sandbox.authorityHost,
          auth: {
            kind: "client-secret",
            clientId: sandbox.clientId,
            clientSecret: new Secret(sandbox.clientSecret),
          },
          resource: sandbox.url,
          blobHosts: [sandbox.blobHost],
        }),
      close: () => Promise.resolve(),
    },
  });
  if (summary.exitCode !== 0 || summary.packages.length !== packages) {
    throw new Error(`The load ended as "${summary.status}" with ${summary.packages.length} packages.`);
  }
  const ledger = Ledger.open(ledgerFile(root), systemClock);
  const importMs = ledger.times.latest("uat").reduce((sum, { ms }) => sum + ms, 0);
  ledger.close();
  return {
    building: (built - begin) / 1000,
    uploading: uploadMs / 1000,
    importing: importMs / 1000,
    loading: (end - built) / 1000,
  };
}

async function writeProject(root: string, sandbox: Sandbox): Promise<void> {
  await mkdir(path.join(root, "mappings"), { recursive: true });
  await writeFile(
    path.join(root, "mappings", "project.yaml"),
    `project: overlap
entities: [groups.yaml]
environments:
  uat: { url: "${sandbox.url}", tenant: ${sandbox.tenant}, writes: [USMF], auth: { kind: client-secret, clientId: x, clientSecret: "\${FNO_SECRET}" } }
defaults: { environment: uat }
packages: { records: ${recordsOfOne} }
`,
  );
  await writeFile(
    path.join(root, "mappings", "groups.yaml"),
    `entity: Vendor groups
source: { file: groups.csv, delimiter: ";" }
legalEntity: USMF
fields: { VENDORGROUPID: CODE, DESCRIPTION: TEXT }
`,
  );
  const rows = Array.from({ length: packages * recordsOfOne }, (_, index) => `G${index};Group ${index}`);
  await writeFile(path.join(root, "groups.csv"), ["CODE;TEXT", ...rows].join("\n"));
}

function print(cells: readonly string[]): void {
  const [first = "", ...others] = cells;
  process.stdout.write(`${first.padEnd(28)}${others.map((cell) => cell.padStart(20)).join("")}\n`);
}
