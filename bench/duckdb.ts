import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

/*
 * DuckDB as a reference of the benches. No dependency of the project: its program is 70 MB that nobody else needs, so it
 * is installed when a bench first wants it, beside what other tools keep in node_modules.
 */
const packageName = "@duckdb/node-api";
/** Always the same, so that two days' results are of one DuckDB. */
const packageVersion = "1.5.6-r.1";
const folder = path.join(import.meta.dirname, "..", "node_modules", ".cache", "bench-references");
const installMs = 5 * 60_000;

/** The module that a reference imports. */
export const duckDbModule = path.join(folder, "node_modules", packageName, "lib", "index.js");

/** The installed version; undefined where there is none. */
export function duckDbVersion(): string | undefined {
  try {
    const file = path.join(folder, "node_modules", packageName, "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
  } catch {
    return undefined;
  }
}

/** Installs DuckDB unless it is there. Returns why it cannot be used, for people; undefined where it can. */
export function installDuckDb(): string | undefined {
  if (duckDbVersion() !== packageVersion) {
    mkdirSync(folder, { recursive: true });
    const wanted = `${packageName}@${packageVersion}`;
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status } = spawnSync("npm", ["install", "--prefix", folder, ...quiet, wanted], {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: installMs,
    });
    if (status !== 0) return `npm could not install ${wanted}`;
  }
  const { status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `await import(${JSON.stringify(duckDbModule)})`],
    {
      stdio: "ignore",
    },
  );
  return status === 0 ? undefined : `${packageName} does not run on this machine`;
}
