import { readFile } from "node:fs/promises";

/**
 * Runs a file of SQL with DuckDB on two threads, as many as dmfpipe has here.
 * `node run-duckdb.ts MODULE FILE`: the module of DuckDB, which is installed apart, and the SQL.
 */
interface DuckDb {
  readonly DuckDBInstance: {
    create(
      database: string,
      settings: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<{ run(sql: string): Promise<unknown> }> }>;
  };
}

const [module = "", file = ""] = process.argv.slice(2);
const { DuckDBInstance } = (await import(module)) as DuckDb;
const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
await connection.run(await readFile(file, "utf8"));
