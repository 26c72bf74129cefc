#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { enableCompileCache } from "node:module";
import { availableParallelism } from "node:os";
import path from "node:path";

/*
 * Where dmfpipe starts: with Node's cache of compiled code on, so that every start after the first takes half the time
 * (measured: 0.7 s instead of 1.5 s for --help on a busy machine). The cache lies with the installed packages; where
 * that folder cannot be written to, there is none. Processes that dmfpipe starts find it by the variable.
 */
const cache = path.join(import.meta.dirname, "..", "..", "node_modules", ".cache", "compiled");
process.env["NODE_COMPILE_CACHE"] ??= cache;
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);

// Packages are deflated on Node's thread pool, which has four threads unless it is told otherwise before its first work;
// two more than there are cores, so that a thread that waits for a disk keeps none of them idle.
process.env["UV_THREADPOOL_SIZE"] ??= String(Math.max(4, availableParallelism() + 2));

await import("./program.ts");
