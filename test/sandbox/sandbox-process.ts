import { startSandbox, type SandboxOptions } from "../../src/sandbox/start-sandbox.ts";

/** A sandbox in a process of its own, so that a test can kill it. Its options come as JSON in the first argument. */
const sandbox = await startSandbox(JSON.parse(process.argv[2] ?? "") as SandboxOptions);
process.send?.(sandbox);
process.once("disconnect", () => void sandbox.stop());
