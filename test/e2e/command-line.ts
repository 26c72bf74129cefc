import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { readdirSync, readFileSync } from "node:fs";
import type { RunSummary } from "../../src/rejection/summary.ts";

export const main = path.join(import.meta.dirname, "..", "..", "src", "cli", "dmfpipe.js");

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A dmfpipe process that was started. */
export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when standard error has said this; rejects when the process ends without having said it. */
  said(words: string | RegExp): Promise<void>;
}

/** Starts the real command line in a process of its own. */
export function start(
  root: string,
  args: readonly string[],
  options: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly nodeOptions?: readonly string[];
  } = {},
): Started {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", ...(options.nodeOptions ?? []), main, ...args],
    // The environment of cron, as far as a test can have it.
    {
      cwd: root,
      env: { PATH: process.env["PATH"], HOME: root, ...options.variables },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  const said = async (words: string | RegExp): Promise<void> => {
    const heard = (): boolean => (typeof words === "string" ? stderr.includes(words) : words.test(stderr));
    await Promise.race([
      new Promise<void>((resolve) => {
        const listen = (): void => {
          if (heard()) resolve();
        };
        listeners.add(listen);
        listen();
      }),
      finished.then(() => {
        if (!heard()) throw new Error(`The process ended without saying ${String(words)}:\n${stderr}`);
      }),
    ]);
  };
  return { process: child, finished, said };
}

/** Runs the command line to its end. */
export async function dmfpipe(
  root: string,
  args: readonly string[],
  options: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly nodeOptions?: readonly string[];
  } = {},
): Promise<Finished> {
  return await start(root, args, options).finished;
}

/** The folder of the latest run of a project. */
export function latestRun(root: string): string {
  const runs = path.join(root, ".dmfpipe", "runs");
  const latest = readdirSync(runs).sort().at(-1);
  if (latest === undefined) throw new Error("no run");
  return path.join(runs, latest);
}

export function summaryOf(runFolder: string): RunSummary {
  return JSON.parse(readFileSync(path.join(runFolder, "summary.json"), "utf8")) as RunSummary;
}
