import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
import { sendingShape, type SendingTime } from "../src/project/sending-time.ts";
import type { Sandbox, SandboxOptions } from "../src/sandbox/start-sandbox.ts";
import { recordGoal } from "./goal.ts";
import { overlapSetup, writeOverlapProject, type OverlapLoad } from "./overlap-project.ts";

/**
 * How well a load overlaps its stages, against a sandbox that takes so long for an upload address and so long for an
 * import. A load should take no longer than 1.1 times the longest of its stages, each summed over all packages.
 *
 * - `afterBuilding`: many packages of one entity. Nothing is sent before everything is built, on purpose; from there on
 *   the stages are uploading and importing.
 * - `whileBuilding`: as many entities as packages, because an entity is sent when it was read to its end, and not before.
 *   Building is a stage like the others. (Of one entity alone nothing would overlap with its building.)
 *
 * The first package cannot be imported before it was built and uploaded, so that with few packages the limit is out of
 * reach: with n of them, stages of the same length take (n + 2) / n of one.
 *
 * `node bench/overlap.ts [--sending afterBuilding|whileBuilding] [--packages N]`; the table goes to standard output. Exit
 * code 1 when the limit is missed.
 */
const { values: given } = parseArgs({
  options: { sending: { type: "string" }, packages: { type: "string", default: "40" } },
});
const packages = Number(given.packages);
const modes = given.sending === undefined ? sendingShape.options : [sendingShape.parse(given.sending)];
const limit = 1.1;

interface Case {
  readonly name: string;
  readonly uploadMs: number;
  readonly importMs: number;
  /** Records that are read for each package and left out. */
  readonly leftOut: number;
}

const cases: Readonly<Record<SendingTime, readonly Case[]>> = {
  afterBuilding: [
    { name: "F&O is the slowest", uploadMs: 150, importMs: 1_000, leftOut: 0 },
    { name: "the upload is the slowest", uploadMs: 1_000, importMs: 300, leftOut: 0 },
    { name: "both take the same", uploadMs: 800, importMs: 600, leftOut: 0 },
  ],
  whileBuilding: [
    { name: "F&O is the slowest", uploadMs: 150, importMs: 1_000, leftOut: 300_000 },
    { name: "the upload is the slowest", uploadMs: 1_000, importMs: 300, leftOut: 300_000 },
    { name: "building is the slowest", uploadMs: 150, importMs: 150, leftOut: 3_000_000 },
  ],
};

print(["", "building", "uploading", "importing", "whole", "of the longest"]);
for (const sending of modes) {
  process.stdout.write(`${sending}, ${packages} packages\n`);
  for (const one of cases[sending]) {
    const seconds = await measured(sending, one);
    const { building, uploading, importing, whole } = seconds;
    const stages = sending === "whileBuilding" ? [building, uploading, importing] : [uploading, importing];
    const ratio = whole / Math.max(...stages);
    const figures = [building, uploading, importing, whole].map((value) => `${value.toFixed(1)} s`);
    print([`  ${one.name}`, ...figures, `${ratio.toFixed(3)} ≤ ${limit}`]);
    const kept = recordGoal({
      goal: `8 overlap, ${sending}: ${one.name}`,
      reference:
        sending === "whileBuilding"
          ? "longest of building, uploading, importing"
          : "longer of uploading, importing",
      measured: ratio,
      limit,
      limitIs: "most",
      unit: "×",
      note: `${packages} packages${sending === "whileBuilding" ? ", an entity each" : " of one entity, from the end of building"}`,
    });
    if (!kept) process.exitCode = 1;
  }
}

interface Stages {
  /** Sum over all entities. */
  readonly building: number;
  /** Sum over all packages. */
  readonly uploading: number;
  /** Sum over all packages, from the call to F&O's final status. */
  readonly importing: number;
  /** From the first record to the end of the last package; with `afterBuilding`, from the end of building. */
  readonly whole: number;
}

async function measured(sending: SendingTime, { uploadMs, importMs, leftOut }: Case): Promise<Stages> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-overlap-"));
  const entities = sending === "whileBuilding" ? "as many as packages" : "one";
  const load: OverlapLoad = { packages, entities, records: 200, leftOut };
  const setupFile = path.join(folder, "setup.json");
  await writeFile(setupFile, JSON.stringify(overlapSetup(load)));
  const options: SandboxOptions = {
    dataFolder: path.join(folder, "sandbox"),
    setupFile,
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
    const root = path.join(folder, "project");
    await writeOverlapProject(root, load, sandbox);
    return await stagesOf(root, sending, sandbox);
  } finally {
    server.disconnect();
    if (server.exitCode === null) await once(server, "exit");
    await rm(folder, { recursive: true, force: true });
  }
}

async function stagesOf(root: string, sending: SendingTime, sandbox: Sandbox): Promise<Stages> {
  const project = readProject("mappings/project.yaml", root);
  const definition = project.environments["uat"];
  if (definition === undefined) throw new Error("The project has no environment uat.");
  let first: number | undefined;
  let entityBegan = 0;
  let built = 0;
  let buildMs = 0;
  let uploadMs = 0;
  let end = 0;
  const { summary } = await runLoad({
    project,
    environmentName: "uat",
    definition,
    catalogue: EntityCatalogue.of(root),
    clock: systemClock,
    version: "bench",
    sending,
    listener: (event) => {
      const now = performance.now();
      if (event.kind === "package") end = now;
      if (event.kind !== "reading") return;
      if (event.finished) {
        buildMs += now - entityBegan;
        built = now;
      } else if (event.records === 0) {
        entityBegan = now;
        first ??= now;
      }
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
  const from = sending === "whileBuilding" ? (first ?? 0) : built;
  return {
    building: buildMs / 1000,
    uploading: uploadMs / 1000,
    importing: importMs / 1000,
    whole: (end - from) / 1000,
  };
}

function print(cells: readonly string[]): void {
  const [head = "", ...others] = cells;
  process.stdout.write(`${head.padEnd(30)}${others.map((cell) => cell.padStart(16)).join("")}\n`);
}
