import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const source = new URL("../../src/", import.meta.url).href;

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with standard output when the process has ended in whatever way. */
  readonly ended: Promise<string>;
  /** Resolves when standard output has said this. */
  said(words: string): Promise<void>;
}

/** Runs a few lines of a module in a real process of its own; `import("SRC/…")` finds our sources. */
export function child(code: string): Child {
  const script = code.replaceAll("SRC/", source);
  const spawned = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => {
    spawned.kill("SIGKILL");
  });
  let output = "";
  const stdout = spawned.stdout;
  stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(spawned, "close").then(() => output);
  const said = async (words: string): Promise<void> => {
    while (!output.includes(words)) {
      const more = await Promise.race([once(stdout, "data"), ended]);
      if (typeof more === "string" && !output.includes(words)) {
        throw new Error(`The process ended without saying ${words}: ${output}`);
      }
    }
  };
  return { process: spawned, ended, said };
}
