import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

const stopTimeoutMs = 5_000;

/** A real Azurite, Microsoft's own blob store for development, in a child process. */
export class Azurite {
  readonly #child: ChildProcess;
  /** `http://127.0.0.1:port`. */
  readonly address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  /**
   * Starts one on a free loopback port, storing in `folder`; without a folder, in memory. It goes when this process goes.
   * Throws DMFP-SANDBOX-START.
   */
  static async start(folder?: string): Promise<Azurite> {
    const child = startAzurite(folder);
    return new Azurite(child, await addressOf(child));
  }

  /** Ends it in order; what it stores in a folder stays. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) =>
      child.once("exit", () => {
        resolve();
      }),
    );
    // The child shuts down in order when its channel closes, as it does when this process is killed.
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  }
}

function startAzurite(folder: string | undefined): ChildProcess {
  const entry = path.join(import.meta.dirname, `azurite-process${path.extname(import.meta.filename)}`);
  return fork(entry, folder === undefined ? [] : [folder], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

async function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString("utf8")).slice(-10_000);
      const address = /listens on (http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", () => {
      reject(
        new DmfpipeError(
          "DMFP-SANDBOX-START",
          `The sandbox's blob store (Azurite) ended at once: ${said.trim()}`,
        ),
      );
    });
    child.once("error", (cause) => {
      reject(
        new DmfpipeError("DMFP-SANDBOX-START", "The sandbox's blob store (Azurite) did not start.", {
          cause,
        }),
      );
    });
  });
}
