import type { DatabaseSync } from "node:sqlite";

/** Writes all that `work` writes, or nothing. Throws what `work` and SQLite throw. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (thrown) {
    rollBack(database);
    throw thrown;
  }
}

/** As inTransaction, for work that has to wait; nobody else may write into this connection meanwhile. */
export async function inLongTransaction(database: DatabaseSync, work: () => Promise<void>): Promise<void> {
  database.exec("BEGIN IMMEDIATE");
  try {
    await work();
    database.exec("COMMIT");
  } catch (thrown) {
    rollBack(database);
    throw thrown;
  }
}

function rollBack(database: DatabaseSync): void {
  // On a full disk SQLite has rolled back by itself.
  if (database.isTransaction) database.exec("ROLLBACK");
}
