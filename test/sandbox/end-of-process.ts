import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Kills a process and waits until it is gone: only then nothing writes into its folder any more. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
