import type { DatabaseSync } from "node:sqlite";

/**
 * Executions that a planned fault keeps at Executing. They are kept by their id and survive a restart, as a batch
 * job that hangs does; deleting the execution ends it too.
 */
export class StuckExecutions {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  hold(executionId: string): void {
    this.#database
      .prepare("INSERT INTO environment (name, value) VALUES (?, '') ON CONFLICT DO NOTHING")
      .run(name(executionId));
  }

  /** False when the execution was not held. */
  release(executionId: string): boolean {
    return (
      this.#database.prepare("DELETE FROM environment WHERE name = ?").run(name(executionId)).changes > 0
    );
  }

  has(executionId: string): boolean {
    return (
      this.#database.prepare("SELECT 1 FROM environment WHERE name = ?").get(name(executionId)) !== undefined
    );
  }
}

/** Execution ids are compared without regard to case. */
function name(executionId: string): string {
  return `stuck ${executionId.toLowerCase()}`;
}
