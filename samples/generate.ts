import { writeFileSync } from "node:fs";
import path from "node:path";
import { sampleSet } from "./generator/sample-set.ts";

// Writes the extracts, the sandbox's set-up and what is expected of a load: npm run samples
const root = path.dirname(import.meta.dirname);
for (const [name, bytes] of sampleSet()) {
  writeFileSync(path.join(root, name), bytes);
  process.stdout.write(`${name}  ${bytes.length.toLocaleString("en")} bytes\n`);
}
