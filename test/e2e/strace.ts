import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import type { Finished } from "./command-line.ts";

const main = path.join(import.meta.dirname, "..", "..", "src", "cli", "dmfpipe.js");

/** Whether strace is here and may be used: a container may forbid it. */
export const straceWorks =
  process.platform === "linux" &&
  spawnSync("strace", ["-f", "-o", "/dev/null", "-e", "trace=fsync", "true"]).status === 0;

if (!straceWorks) process.stderr.write("strace cannot be used here: nothing is killed at a system call.\n");

/** What is done to the process: with the nth call of one of the system calls, counted from 1. */
export interface Injection {
  /** Names, with commas between them. */
  readonly calls: string;
  readonly nth: number;
  /** The process dies before the call is carried out, or the call fails with this error, and all that follow. */
  readonly does: "SIGKILL" | "EIO" | "ENOSPC" | "EMFILE";
}

/**
 * Runs the command line under strace, which interferes as told. All file work of Node is done by one thread, so that
 * the calls of a run come in one order; those of SQLite are the main thread's.
 */
export async function dmfpipeUnderStrace(
  root: string,
  args: readonly string[],
  options: { readonly variables: Readonly<Record<string, string>>; readonly injection: Injection },
): Promise<Finished> {
  const { calls, nth, does } = options.injection;
  const effect = does === "SIGKILL" ? `signal=SIGKILL:when=${nth}` : `error=${does}:when=${nth}+`;
  const child = spawn(
    "strace",
    [
      ...["-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`],
      ...["-e", `inject=${calls}:${effect}`],
      ...[process.execPath, "--disable-warning=ExperimentalWarning", main, ...args],
    ],
    {
      cwd: root,
      env: { PATH: process.env["PATH"], HOME: root, UV_THREADPOOL_SIZE: "1", ...options.variables },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
