import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startSandbox, type SandboxOptions } from "../src/sandbox/start-sandbox.ts";

/**
 * The sandbox in a process of its own, so that only its own memory is measured. Its options come as JSON in the
 * first argument. On the message "heap" it answers with the bytes in use after a full garbage collection.
 */
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const sandbox = await startSandbox(JSON.parse(process.argv[2] ?? "") as SandboxOptions);
process.on("message", (message) => {
  if (message !== "heap") return;
  collect();
  process.send?.({
    heapBytes: process.memoryUsage().heapUsed,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  });
});
process.once("disconnect", () => void sandbox.stop());
process.send?.(sandbox);
