import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../../errors/clock.ts";
import { isFinal, packageStates } from "../ledger/package-state.ts";
import type { LoadEvent, RunPhase } from "../run-log.ts";

/** How often a heartbeat is written where nothing changes. */
const beatMs = 15_000;

const heartbeatShape = z.object({
  /** Of this machine; the process id means something only here, and only until the next start of the machine. */
  host: z.string(),
  pid: z.number(),
  /** Changes with every start of the machine; empty where the system does not tell. */
  bootId: z.string(),
  run: z.string(),
  environment: z.string(),
  startedAt: z.string(),
  phase: z.enum(["starting", "reading", "loading", "reporting", "ended"]),
  /** When the phase began. */
  since: z.string(),
  /** What is being read. */
  entity: z.string().optional(),
  /** Packages that are being sent, or that F&O works on, each with its state and since when it is in it. */
  packages: z.array(z.object({ key: z.string(), state: z.string(), since: z.string() })),
  /** When the load last moved on: a phase, an entity, a package. */
  lastChange: z.string(),
  /** When F&O or the blob store last answered anything. A load that waits for F&O changes nothing, but asks. */
  lastAnswer: z.string().optional(),
  /** When this was written. One that is older than a minute is that of a process that hangs or is gone. */
  writtenAt: z.string(),
  outcome: z.object({ status: z.string(), exitCode: z.number() }).optional(),
});

/** The sign of life of a load. */
export type HeartbeatContent = z.infer<typeof heartbeatShape>;

/** Where the sign of life of loads into an environment lies: there is at most one at a time, see environment-lock.ts. */
export function heartbeatFile(projectRoot: string, environment: string): string {
  const name = environment.replace(/[^A-Za-z0-9_-]/g, "_");
  return path.join(projectRoot, ".dmfpipe", "heartbeat", `${name}.json`);
}

/** The last sign of life of a load into an environment; undefined where there never was one, or it cannot be read. */
export function readHeartbeat(projectRoot: string, environment: string): HeartbeatContent | undefined {
  try {
    const text = readFileSync(heartbeatFile(projectRoot, environment), "utf8");
    return heartbeatShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Tells the world outside that a load is alive and where it is: a small JSON file, replaced as a whole at every change
 * and every quarter of a minute. It is there for monitors only; nothing of a load depends on it, so a file that cannot
 * be written stops nothing.
 */
export class Heartbeat {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  readonly #packages = new Map<string, { readonly state: string; readonly since: string }>();
  #entity: string | undefined;
  #content: Omit<HeartbeatContent, "entity" | "packages" | "writtenAt">;

  constructor(options: {
    readonly projectRoot: string;
    readonly environment: string;
    readonly run: string;
    readonly clock: Clock;
  }) {
    const { projectRoot, environment, run, clock } = options;
    this.#clock = clock;
    this.#file = heartbeatFile(projectRoot, environment);
    const now = this.#now();
    this.#content = {
      host: os.hostname(),
      pid: process.pid,
      bootId: bootId(),
      run,
      environment,
      startedAt: now,
      phase: "starting",
      since: now,
      lastChange: now,
    };
    this.#write();
    this.#timer = setInterval(() => {
      this.#write();
    }, beatMs);
    // It tells of work; it is none that a process should stay for.
    this.#timer.unref();
  }

  /** Takes in what the load tells of itself. */
  note(event: LoadEvent): void {
    switch (event.kind) {
      case "run":
        if (event.phase !== undefined) this.#enter(event.phase);
        break;
      case "reading":
        if (this.#entity === event.entity) return;
        this.#entity = event.entity;
        this.#change();
        break;
      case "package":
        this.#notePackage(event);
        break;
      case "retry":
      case "warning":
      case "forecast":
        break;
      default:
        event satisfies never;
    }
  }

  /** An answer came from outside. Written with the next beat: there may be many a second. */
  noteAnswer(): void {
    this.#content = { ...this.#content, lastAnswer: this.#now() };
  }

  /** The last word: the file stays, and says how the load ended. */
  end(outcome: { readonly status: string; readonly exitCode: number }): void {
    clearInterval(this.#timer);
    this.#packages.clear();
    this.#content = { ...this.#content, outcome };
    this.#enter("ended");
  }

  #enter(phase: RunPhase): void {
    this.#entity = undefined;
    this.#content = { ...this.#content, phase, since: this.#now() };
    this.#change();
  }

  #notePackage(event: Extract<LoadEvent, { kind: "package" }>): void {
    const state = packageStates.find((known) => known === event.state);
    if (state !== undefined && isFinal(state)) this.#packages.delete(event.package);
    else this.#packages.set(event.package, { state: event.state, since: this.#now() });
    if (this.#content.phase === "loading") this.#change();
    else this.#enter("loading");
  }

  #change(): void {
    this.#content = { ...this.#content, lastChange: this.#now() };
    this.#write();
  }

  #write(): void {
    const packages = [...this.#packages].map(([key, rest]) => ({ key, ...rest }));
    const entity = this.#entity === undefined ? {} : { entity: this.#entity };
    const content: HeartbeatContent = { ...this.#content, ...entity, packages, writtenAt: this.#now() };
    const partial = `${this.#file}.partial`;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      // Not synced: after a power cut there is no process it could tell of.
      writeFileSync(partial, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
      renameSync(partial, this.#file);
    } catch {
      // A full disk stops the load where it matters, with words of its own.
    }
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
