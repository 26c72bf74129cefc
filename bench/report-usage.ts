import { writeSync } from "node:fs";

// Loaded into a measured process by --import: what it used is written to file descriptor 3 when it ends.
process.once("exit", () => {
  writeSync(3, JSON.stringify(process.resourceUsage()));
});
