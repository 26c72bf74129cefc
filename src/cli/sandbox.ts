import path from "node:path";
import { once } from "node:events";
import { ExitCode } from "../errors/exit-code.ts";
import { startSandbox } from "../sandbox/start-sandbox.ts";
import type { CommandContext } from "./command-context.ts";

export interface SandboxCommandOptions {
  readonly port: string;
  readonly data: string;
  readonly setup?: string;
}

/** `sandbox`: runs the F&O sandbox on its own until it is interrupted, for any client. */
export async function sandbox(context: CommandContext, options: SandboxCommandOptions): Promise<ExitCode> {
  const { workingFolder, signal } = context;
  const running = await startSandbox({
    dataFolder: path.resolve(workingFolder, options.data),
    port: Number(options.port),
    ...(options.setup === undefined ? {} : { setupFile: path.resolve(workingFolder, options.setup) }),
  });
  const { url, tenant, clientId, clientSecret, authorityHost, blobHost } = running;
  if (context.options.json === true) {
    context.print(`${JSON.stringify({ url, authorityHost, tenant, clientId, clientSecret, blobHost })}\n`);
  } else {
    // The secret is the sandbox's own and worth nothing elsewhere: a client needs it.
    const rows = { url, authorityHost, tenant, clientId, clientSecret, blobHost };
    for (const [name, value] of Object.entries(rows)) context.print(`${name.padEnd(14)} ${value}\n`);
    context.tell("The sandbox runs until it is interrupted (Ctrl-C).\n");
  }
  if (!signal.aborted) await once(signal, "abort");
  await running.stop();
  return ExitCode.ok;
}
