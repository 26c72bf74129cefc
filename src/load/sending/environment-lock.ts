import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";

/** The database closes, and the lock ends, with the object that nobody refers to any more; so all are referred to. */
const held = new Set<EnvironmentLock>();

/**
 * One writer per project and environment.
 *
 * The lock is an exclusive SQLite transaction, that is, a file lock of the operating system: it ends with the
 * process however that dies, so a lock is never stale and never has to be taken over by guessing from process
 * ids. Who holds it is written beside it for people to read.
 */
export class EnvironmentLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Takes the lock or throws DMFP-LOCKED at once, naming the holder. */
  static take(options: {
    readonly projectRoot: string;
    readonly environment: string;
    readonly runId: string;
    readonly clock: Clock;
  }): EnvironmentLock {
    const folder = path.join(options.projectRoot, ".dmfpipe", "locks");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const name = options.environment.replace(/[^A-Za-z0-9_-]/g, "_");
    const holderFile = path.join(folder, `${name}.json`);
    const database = new DatabaseSync(path.join(folder, `${name}.db`), { timeout: 0 });
    try {
      database.exec("BEGIN EXCLUSIVE");
    } catch (cause) {
      database.close();
      if (!isBusy(cause)) throw asDmfpipeError(cause);
      throw new DmfpipeError(
        "DMFP-LOCKED",
        `Another run is loading into ${options.environment}${holder(holderFile)}.`,
        {
          at: { environment: options.environment },
          cause,
        },
      );
    }
    const since = new Date(options.clock.now()).toISOString();
    writeFileSync(holderFile, JSON.stringify({ run: options.runId, pid: process.pid, since }), {
      mode: 0o600,
    });
    const lock = new EnvironmentLock(database);
    held.add(lock);
    return lock;
  }

  release(): void {
    held.delete(this);
    this.#database.close();
  }
}

/** SQLITE_BUSY: somebody has the lock. Anything else (a full or read-only disk) is not that. */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && "errcode" in thrown && thrown.errcode === 5;
}

function holder(file: string): string {
  try {
    const { run, pid, since } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    return ` (run ${String(run)}, process ${String(pid)}, since ${String(since)})`;
  } catch {
    // The holder has the lock but has not written its name yet.
    return "";
  }
}
