import { writeSync } from "node:fs";

// Loaded into a measured process by --import: what it used is written to file descriptor 3 when it ends. Plain JavaScript:
// to strip types, Node would load its TypeScript compiler into what is measured (50 ms, 14 MB).
process.once("exit", () => {
  writeSync(3, JSON.stringify(process.resourceUsage()));
});
