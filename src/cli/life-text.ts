import type { HeartbeatContent } from "../load/telemetry/heartbeat.ts";
import { lifeSigns } from "../load/telemetry/life-signs.ts";

/** What a load's heartbeat says, as a line for a person. `now`: milliseconds since 1970-01-01 UTC. */
export function lifeText(heartbeat: HeartbeatContent, now: number): string {
  const { pid, host, since, lastChange, lastAnswer } = heartbeat;
  const { state, silentMs } = lifeSigns(heartbeat, now);
  const who = `process ${pid} on ${host}`;
  const ago = (time: string): string => durationText(now - Date.parse(time));
  switch (state) {
    case "ended":
      return `${who} ended ${ago(since)} ago`;
    case "alive": {
      const answer = lastAnswer === undefined ? "" : `, last answer from outside ${ago(lastAnswer)} ago`;
      return `${who} is ${busyText(heartbeat)}; last step ${ago(lastChange)} ago${answer}`;
    }
    case "silent":
      return `${who} has given no sign of life for ${durationText(silentMs)}; it was ${busyText(heartbeat)}`;
    case "gone":
      return `${who} is gone without a word; its last sign of life came ${durationText(silentMs)} ago, while it was ${busyText(heartbeat)}`;
    default:
      return state satisfies never;
  }
}

function busyText({ phase, entity, packages }: HeartbeatContent): string {
  switch (phase) {
    case "starting":
      return "signing in";
    case "reading":
      return entity === undefined ? "reading" : `reading ${entity}`;
    case "loading":
      return packages.length === 0
        ? "loading"
        : `loading ${packages.map(({ key, state }) => `${key} (${state})`).join(", ")}`;
    case "reporting":
      return "writing the report";
    case "ended":
      return "done";
    default:
      return phase satisfies never;
  }
}

/** `40 s`, `12 min`, `5 h 20 min`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
