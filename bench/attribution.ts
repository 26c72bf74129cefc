import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { nodeFlags } from "./cli-run.ts";
import { recordGoal } from "./goal.ts";
import { refusingEnvironment } from "./refusing-environment.ts";
import { writeRows } from "./vendor-project.ts";

/**
 * What it takes to find the records F&O refused: the packages are built from a source, an environment that answers as
 * F&O does is asked for its counts, its target error keys and its messages, and the refused records are written with
 * their source rows. Held against reading the rows of the same packages once. Twice: a few in a hundred refused, in
 * packages of usual size, and all of a smaller load, in one package. Times are CPU seconds of all threads together, which
 * other work on the machine changes least; "clock" is the ratio of the times that went by.
 *
 * `node bench/attribution.ts [--records N] [--every N] [--package N] [--all N]`; the table goes to standard output. Exit
 * code 1 when time or memory is above its limit.
 */
const { values: given } = parseArgs({
  options: {
    records: { type: "string", default: "10000000" },
    every: { type: "string", default: "50" },
    package: { type: "string", default: "100000" },
    all: { type: "string", default: "500000" },
  },
});
const mostTimes = 1.5;
const mostBytes = 150e6;
const repository = path.dirname(import.meta.dirname);

print([
  "",
  "unzip",
  "read once",
  "attribution",
  "/ read once",
  "clock",
  "peak MiB",
  "reading",
  "at rest",
  "",
]);
const [records, every] = [Number(given.records), Number(given.every)];
const kept = await measure({ records, every, perPackage: Number(given.package), judged: true });
const all = Number(given.all);
await measure({ records: all, every: 1, perPackage: all, judged: false });
if (!kept) process.exitCode = 1;

interface Load {
  readonly records: number;
  readonly every: number;
  readonly perPackage: number;
  readonly judged: boolean;
}

async function measure({ records, every, perPackage, judged }: Load): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
  const environment = await refusingEnvironment(every);
  try {
    await writeProject(folder, { records, perPackage });
    await run(["src/cli/dmfpipe.js", "build", "--quiet", "--project", "mappings/project.yaml"], folder);
    const part = async (task: string): Promise<Part> =>
      JSON.parse(await run(["bench/attribution-part.ts", task, folder, environment.url], folder)) as Part;
    // The first of them fills the cache of compiled modules.
    await part("none");
    const floor = await part("none");
    const unzip = await part("unzip");
    const before = await part("read");
    const attribution = await part("collect");
    const after = await part("read");
    const reading = (before.cpuSeconds + after.cpuSeconds) / 2;
    const clock = (before.seconds + after.seconds) / 2;
    const refused = Math.floor(records / every);
    if (attribution.counted !== refused) throw new Error(`${attribution.counted} of ${refused} were found.`);
    const ratio = attribution.cpuSeconds / reading;
    const fine = ratio <= mostTimes && attribution.peakRssBytes <= mostBytes;
    print([
      `${refused} of ${records} refused`,
      `${unzip.cpuSeconds.toFixed(1)} s`,
      `${reading.toFixed(1)} s`,
      `${attribution.cpuSeconds.toFixed(1)} s`,
      ratio.toFixed(2),
      (attribution.seconds / clock).toFixed(2),
      mebibytes(attribution.peakRssBytes),
      mebibytes(before.peakRssBytes),
      mebibytes(floor.peakRssBytes),
      judged ? `≤ ${mostTimes}, ≤ ${mebibytes(mostBytes)} MiB: ${fine ? "kept" : "MISSED"}` : "",
    ]);
    const goal = `7 rejections of ${refused.toLocaleString("en")} in ${records.toLocaleString("en")}`;
    if (judged) {
      recordGoal({
        goal: `${goal}, processor time`,
        reference: "reading the rows once",
        measured: ratio,
        limit: mostTimes,
        limitIs: "most",
        unit: "×",
        note: `${(attribution.cpuSeconds / unzip.cpuSeconds).toFixed(1)} × unzipping alone`,
      });
      recordGoal({
        goal: `${goal}, peak memory`,
        reference: "none",
        measured: attribution.peakRssBytes / 1e6,
        limit: mostBytes / 1e6,
        limitIs: "most",
        unit: "MB",
        note: `${Math.round(floor.peakRssBytes / 1e6)} MB before anything is read`,
      });
    }
    return fine;
  } finally {
    await environment.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Part {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly counted: number;
}

async function writeProject(
  folder: string,
  { records, perPackage }: { readonly records: number; readonly perPackage: number },
): Promise<void> {
  await mkdir(path.join(folder, "mappings"), { recursive: true });
  await writeFile(
    path.join(folder, "mappings", "project.yaml"),
    `project: bench\nentities: [vendors.yaml]\nenvironments: { sandbox: { kind: sandbox } }\npackages: { records: ${perPackage} }\n`,
  );
  await writeFile(
    path.join(folder, "mappings", "vendors.yaml"),
    `entity: Vendors V2
source: { file: vendors.csv, delimiter: ";", encoding: utf-8 }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: ACCOUNT
  VENDORORGANIZATIONNAME: NAME
  VENDORSEARCHNAME: ACCOUNT
  VENDORPARTYTYPE: constant("Organization")
  VENDORGROUPID: GROUP
  CURRENCYCODE: CURRENCY
  ADDRESSCITY: CITY
  ADDRESSCOUNTRYREGIONID: COUNTRY
  ADDRESSSTREET: STREET
  ADDRESSZIPCODE: ZIP
`,
  );
  const header = "ACCOUNT;NAME;GROUP;CURRENCY;CITY;COUNTRY;STREET;ZIP\n";
  await writeRows(path.join(folder, "vendors.csv"), header, records, (number) => {
    const account = `V${String(number).padStart(9, "0")}`;
    return `${account};Vendor ${number} Trading GmbH;G${number % 7};EUR;Berlin;DEU;Hauptstraße ${number % 300};10115\n`;
  });
}

/** Runs a program of this repository with the flags of the script `dmfpipe`; returns what it printed. */
async function run([program = "", ...args]: readonly string[], folder: string): Promise<string> {
  const child = spawn(process.execPath, [...(await nodeFlags()), path.join(repository, program), ...args], {
    cwd: folder,
    // As dmfpipe.js has it: otherwise every process spends 30 MiB on stripping types.
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(tmpdir(), "dmfpipe-bench-cache") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit") as Promise<[number | null]>;
  const [output, [code]] = await Promise.all([text(child.stdout), exit]);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${String(code)}.`);
  return output;
}

function mebibytes(bytes: number): string {
  return String(Math.round(bytes / 1024 ** 2));
}

function print(cells: readonly string[]): void {
  const [name = "", ...others] = cells;
  const columns = others.map((cell, index) => (index < 8 ? cell.padStart(13) : `  ${cell}`));
  process.stdout.write(`${name.padEnd(32)}${columns.join("")}\n`);
}
