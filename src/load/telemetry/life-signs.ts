import { readFileSync } from "node:fs";
import os from "node:os";
import type { HeartbeatContent } from "./heartbeat.ts";

/** A heartbeat that is older than this is none any more: one is written every quarter of a minute. */
const longestSilenceMs = 60_000;

export interface LifeSigns {
  /** `gone`: the process does not exist any more. `silent`: it may, but has not been heard of for too long. */
  readonly state: "ended" | "alive" | "silent" | "gone";
  /** Time since the heartbeat was written. */
  readonly silentMs: number;
}

/** What a heartbeat says about the load it tells of. `now`: milliseconds since 1970-01-01 UTC. */
export function lifeSigns(heartbeat: HeartbeatContent, now: number): LifeSigns {
  const silentMs = Math.max(0, now - Date.parse(heartbeat.writtenAt));
  if (heartbeat.outcome !== undefined) return { state: "ended", silentMs };
  if (heartbeat.host === os.hostname() && !processExists(heartbeat.pid)) return { state: "gone", silentMs };
  return { state: silentMs > longestSilenceMs ? "silent" : "alive", silentMs };
}

/** Another process may have the number by now; then the heartbeat's age tells. */
function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/**
 * Whether the process has ended and only its number is left, until its parent asks for it: in a container without an
 * init nobody does. Linux says so in the third field of /proc/<pid>/stat; the second one, in brackets, may hold anything.
 */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.startsWith(" Z", stat.lastIndexOf(")") + 1);
  } catch {
    return false;
  }
}
