import { systemClock } from "../src/errors/clock.ts";
import { Secret } from "../src/errors/redaction.ts";
import { EntityCatalogue } from "../src/entity/catalogue.ts";
import { Environment } from "../src/environment/environment.ts";
import { collectPackage } from "../src/load/collecting/collect-package.ts";
import { Ledger } from "../src/load/ledger/ledger.ts";
import { planLoad } from "../src/load/load-plan.ts";
import { defaultLoadSettings } from "../src/load/load-settings.ts";
import { ledgerFile, RunFolder } from "../src/load/run-folder.ts";
import { readPackageRows } from "../src/package/read-package.ts";
import { ownZipLimits, ZipReader } from "../src/package/zip-reader.ts";
import { readProject } from "../src/project/project.ts";

/*
 * One measured process of attribution.ts: `node bench/attribution-part.ts <none|unzip|read|collect> <project> <server>`. Goes
 * over all packages of the project's only run, and prints what that took.
 */
const [task = "", root = "", url = ""] = process.argv.slice(2);
const ledger = Ledger.open(ledgerFile(root), systemClock);
const [run] = ledger.runs();
if (run === undefined) throw new Error("There is no run.");
const packages = ledger.packages(run.id);
ledger.close();
const folder = new RunFolder(root, run.id);
const project = readProject("mappings/project.yaml", root);
const planned = await planLoad(project, EntityCatalogue.builtIn());

const startedAt = performance.now();
const before = process.cpuUsage();
const tasks: Readonly<Record<string, () => Promise<number>>> = { unzip, read, collect };
const counted = await (tasks[task]?.() ?? 0);
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(before);
const cpuSeconds = (user + system) / 1e6;
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, peakRssBytes: maxRSS * 1024, counted }));

async function unzip(): Promise<number> {
  let bytes = 0;
  for (const { key, parts } of packages) {
    const zip = await ZipReader.open(folder.packageFile(key), { limits: ownZipLimits });
    const entry = zip.find(parts[0]?.dataFile ?? "");
    if (entry === undefined) throw new Error(`${key} has no data file.`);
    for await (const chunk of zip.stream(entry)) bytes += chunk.length;
    await zip.close();
  }
  return bytes;
}

async function read(): Promise<number> {
  let rows = 0;
  for (const { key, parts } of packages) {
    const all = readPackageRows(folder.packageFile(key), parts[0]?.dataFile ?? "");
    for await (const batch of all) rows += batch.rows.length;
  }
  return rows;
}

async function collect(): Promise<number> {
  const environment = new Environment({
    connection: {
      name: "bench",
      url,
      tenant: "bench",
      authorityHost: url,
      auth: { kind: "client-secret", clientId: "bench", clientSecret: new Secret("bench") },
      resource: url,
      blobHosts: [new URL(url).host],
    },
  });
  let refused = 0;
  let firstRecord = 1;
  for (const pack of packages) {
    const records = pack.parts[0]?.records ?? 0;
    // The server knows from it which records it is about.
    const executionId = `${firstRecord}-${records}`;
    firstRecord += records;
    const { counts, unattributed } = await collectPackage({
      pack: { ...pack, executionId, environmentStatus: "PartiallySucceeded" },
      planned,
      project,
      folder,
      environment,
      settings: defaultLoadSettings,
      signal: undefined,
    });
    const [count] = counts;
    if (count === undefined || unattributed > 0)
      throw new Error(`${pack.key}: ${unattributed} unattributed.`);
    const { created, rejectedStaging, rejectedTarget } = count;
    if (created + rejectedStaging + rejectedTarget !== records)
      throw new Error(`${pack.key} does not balance.`);
    refused += rejectedStaging + rejectedTarget;
  }
  await environment.close();
  return refused;
}
