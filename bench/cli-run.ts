import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** What one run of the command line took. */
export interface CliRun {
  readonly seconds: number;
  /** Of all threads of the process. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  /** What it printed on standard output. */
  readonly output: string;
}

const repository = path.dirname(import.meta.dirname);

/**
 * Runs dmfpipe in a process of its own, with the settings of `npm run dmfpipe`, and removes what the run left in the
 * project. Throws when it ends with another code than 0 or 4.
 */
export async function runCli(projectFolder: string, args: readonly string[]): Promise<CliRun> {
  const measured = ["--import", path.join(import.meta.dirname, "report-usage.js")];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...measured, ...(await command()), ...args], {
    cwd: projectFolder,
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  const { stdout } = child;
  const usage = child.stdio[3];
  if (stdout === null || !(usage instanceof Readable)) throw new Error("The process has no output.");
  const exit = once(child, "exit") as Promise<[number | null]>;
  const [output, usageText, [code]] = await Promise.all([text(stdout), text(usage), exit]);
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0 && code !== 4) throw new Error(`dmfpipe ${args.join(" ")} ended with ${String(code)}.`);
  await rm(path.join(projectFolder, ".dmfpipe", "runs"), { recursive: true, force: true });
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usageText) as NodeJS.ResourceUsage;
  return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024, output };
}

/** Flags of Node and the program, as the script `dmfpipe` of package.json has them. */
async function command(): Promise<string[]> {
  return [...(await nodeFlags()), path.join(repository, "src", "cli", "dmfpipe.js")];
}

/** The flags that the script `dmfpipe` of package.json gives Node. */
export async function nodeFlags(): Promise<string[]> {
  const file = path.join(repository, "package.json");
  const { scripts } = JSON.parse(await readFile(file, "utf8")) as { scripts: { dmfpipe: string } };
  const [node, ...words] = scripts.dmfpipe.split(" ");
  if (node !== "node" || words.pop() !== "src/cli/dmfpipe.js") {
    throw new Error("package.json runs dmfpipe in another way.");
  }
  return words;
}
