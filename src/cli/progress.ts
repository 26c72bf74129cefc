import { systemClock } from "../errors/clock.ts";
import type { LoadEvent, LoadListener } from "../load/run-log.ts";
import { clockTime } from "./clock-time.ts";
import { formatCount, formatSize } from "./number-text.ts";

export interface ProgressOptions {
  readonly tell: (text: string) => void;
  readonly interactive: boolean;
  /** Characters that fit into a line of the terminal. */
  readonly columns: number;
  readonly quiet: boolean;
}

/** Shows what a load does. `end` clears the line that is repainted, before results are printed. */
export interface Progress {
  readonly listener: LoadListener;
  readonly end: () => void;
}

/**
 * On a terminal one line is repainted while something moves, and a line stays for each thing that is over. Piped,
 * there is one line per change and nothing is repainted.
 */
export function showProgress(options: ProgressOptions): Progress {
  if (options.quiet) return { listener: () => undefined, end: () => undefined };
  return options.interactive ? onTerminal(options.tell, options.columns) : piped(options.tell);
}

function piped(tell: (text: string) => void): Progress {
  let latest = "";
  return {
    listener: (event) => {
      if (event.kind === "reading" && !event.finished) return;
      // What will be late changes rarely; when the load will end changes with every package.
      if (event.kind === "forecast") {
        const late = lateText(event);
        if (late === latest) return;
        latest = late;
        if (late === "") return;
      }
      tell(`${describe(event)}\n`);
    },
    end: () => undefined,
  };
}

function onTerminal(tell: (text: string) => void, columns: number): Progress {
  const clear = "\r\x1b[2K";
  let ends = "";
  let latest = "";
  return {
    listener: (event) => {
      const text = describe(event);
      if (event.kind === "forecast") {
        ends = text;
        const late = lateText(event);
        if (late !== latest && late !== "") tell(`${clear}${mark(event)} ${text}\n`);
        latest = late;
      }
      const shown = event.kind === "package" && ends !== "" ? `${text} · ${ends}` : text;
      // A line that wraps could not be repainted.
      const fitting = shown.length + 3 <= columns ? shown : `${shown.slice(0, columns - 4)}…`;
      tell(isLasting(event) ? `${clear}${mark(event)} ${text}\n` : `${clear}  ${fitting}`);
    },
    end: () => {
      tell(clear);
    },
  };
}

function isLasting(event: LoadEvent): boolean {
  switch (event.kind) {
    case "reading":
      return event.finished;
    case "package":
      return ["done", "failed", "unprocessed", "in doubt"].includes(event.state);
    case "run":
    case "retry":
    case "warning":
      return true;
    case "forecast":
      return false;
    default:
      return event satisfies never;
  }
}

function mark(event: LoadEvent): string {
  if (event.kind === "package") return event.state === "done" ? "\x1b[32m✔\x1b[0m" : "\x1b[31m✖\x1b[0m";
  if (event.kind === "reading") return "\x1b[32m✔\x1b[0m";
  return event.kind === "run" ? "▸" : "\x1b[33m!\x1b[0m";
}

function describe(event: LoadEvent): string {
  switch (event.kind) {
    case "run":
      return `run ${event.run}: ${event.text}`;
    case "reading": {
      const rejected = event.rejected === 0 ? "" : `, ${formatCount(event.rejected)} rejected`;
      return `${event.entity}: ${formatCount(event.records)} records read (${formatSize(event.bytes)})${rejected}`;
    }
    case "package":
      return `${event.package} (${formatCount(event.records)} records): ${event.state} · ${event.text}`;
    case "retry":
      return `trying again · ${event.text}`;
    case "warning":
      return `warning: ${event.text}`;
    case "forecast":
      return `at this pace it ends ${clockTime(event.endsAt, systemClock.now())}${lateText(event)}`;
    default:
      return event satisfies never;
  }
}

/** `: 3 packages (30,000 records) will not make it`, or nothing. */
function lateText({ latePackages, lateRecords }: Extract<LoadEvent, { kind: "forecast" }>): string {
  if (latePackages === 0) return "";
  const packages = latePackages === 1 ? "1 package" : `${formatCount(latePackages)} packages`;
  return `: ${packages} (${formatCount(lateRecords)} records) will not make it`;
}
