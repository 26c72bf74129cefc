import path from "node:path";
import { defineConfig } from "vitest/config";

const results = process.env["TEST_RESULTS"];

export default defineConfig({
  test: {
    root: path.dirname(import.meta.dirname),
    include: ["test/**/*.test.ts"],
    // End-to-end tests start Azurite and talk real HTTP; nothing asserts on time, this only ends a hang.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // A module is loaded once a worker, not once a file, and one Azurite does for all sandboxes of a worker.
    isolate: false,
    // Most tests wait for processes they started rather than for a core.
    maxWorkers: 3,
    // Processes that tests start find their code compiled; they take half the time to begin.
    env: { NODE_COMPILE_CACHE: path.join(import.meta.dirname, "..", "node_modules", ".cache", "compiled") },
    execArgv: ["--disable-warning=ExperimentalWarning"],
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]],
  },
});
