import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const entry = path.join(import.meta.dirname, "../../src/sandbox/azurite-process.ts");

/** Code that has the process send itself this signal while Azurite is loaded: once its entry has begun. */
function interruptedBy(signal: string): string {
  const code = `process.on("newListener", (name) => { if (name === "disconnect") process.kill(process.pid, "${signal}"); });`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

test.each(["SIGINT", "SIGTERM"])(
  "%s while it starts does not end it: a terminal sends that to the parent, too",
  async (signal) => {
    const child = fork(entry, [], {
      execArgv: ["--disable-warning=ExperimentalWarning", "--import", interruptedBy(signal)],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    let said = "";
    for await (const chunk of child.stdout ?? []) {
      said += String(chunk);
      if (said.includes("listens on")) break;
    }
    expect(said).toContain("listens on");

    child.disconnect();
    await ended;
  },
);
