import path from "node:path";
import { once } from "node:events";
import { demandProxies } from "../environment/proxy-variables.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { resetDataFolder } from "../sandbox/data-folder.ts";
import { readFaultFile } from "../sandbox/fault-file.ts";
import type { SandboxSettings } from "../sandbox/sandbox-settings.ts";
import { readSettingsFile } from "../sandbox/settings-file.ts";
import { startSandbox, type Sandbox } from "../sandbox/start-sandbox.ts";
import type { CommandContext } from "./command-context.ts";

export interface SandboxCommandOptions {
  readonly port: string;
  readonly data: string;
  readonly setup?: string;
  readonly settings?: string;
  readonly faults?: string;
  readonly tls?: boolean;
  readonly reset?: boolean;
}

/** `sandbox`: runs the F&O sandbox on its own until it is interrupted, for any client. */
export async function sandbox(context: CommandContext, options: SandboxCommandOptions): Promise<ExitCode> {
  const { workingFolder, signal, variables } = context;
  const dataFolder = path.resolve(workingFolder, options.data);
  // Files first: a mistake in one of them must not come after the data are gone.
  const settings = readSettings(context, options);
  demandProxies(variables);
  if (options.reset === true) resetDataFolder(dataFolder);
  const running = await startSandbox({
    dataFolder,
    port: Number(options.port),
    settings,
    tls: options.tls === true,
    ...(options.setup === undefined ? {} : { setupFile: path.resolve(workingFolder, options.setup) }),
  });
  context.print(context.options.json === true ? asJson(running, dataFolder) : asText(running, dataFolder));
  context.tell("The sandbox runs until it is interrupted (Ctrl-C).\n");
  if (!signal.aborted) await once(signal, "abort");
  const fired = running.firedFaults().length;
  await running.stop();
  const faults = settings.faults.length === 0 && fired === 0 ? "" : ` Planned faults that fired: ${fired}.`;
  context.tell(`The sandbox has ended; ${options.data} keeps its state.${faults}\n`);
  return ExitCode.ok;
}

function readSettings(
  { workingFolder }: CommandContext,
  { settings: settingsFile, faults: faultFile }: SandboxCommandOptions,
): Partial<SandboxSettings> & Pick<SandboxSettings, "faults"> {
  const settings =
    settingsFile === undefined ? {} : readSettingsFile(path.resolve(workingFolder, settingsFile));
  const planned = faultFile === undefined ? [] : readFaultFile(path.resolve(workingFolder, faultFile));
  return { ...settings, faults: [...(settings.faults ?? []), ...planned] };
}

/** What a client must know. The secret is the sandbox's own and worth nothing elsewhere. */
function asJson(running: Sandbox, dataFolder: string): string {
  const { url, authorityHost, tenant, clientId, clientSecret, blobHost, certificateFile } = running;
  const facts = { url, authorityHost, tenant, clientId, clientSecret, blobHost, certificateFile, dataFolder };
  return `${JSON.stringify(facts)}\n`;
}

function asText(running: Sandbox, dataFolder: string): string {
  const { url, authorityHost, tenant, clientId, clientSecret, blobHost, certificateFile } = running;
  const rows: (readonly [string, string])[] = [
    ["Environment", url],
    ["Authority host", authorityHost],
    ["Tenant", tenant],
    ["Client id", clientId],
    ["Client secret", clientSecret],
    ["Blob store", blobHost],
    ...(certificateFile === undefined ? [] : [["Certificate", certificateFile] as const]),
    ["Data folder", dataFolder],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(16)}${value}\n`);
  const secret = `\nSANDBOX_SECRET is the client secret: export SANDBOX_SECRET=${clientSecret}\n`;
  const trust =
    certificateFile === undefined
      ? ""
      : `\nClients must trust the certificate, those on Node.js by NODE_EXTRA_CA_CERTS=${certificateFile}\n`;
  return `${lines.join("")}\nIn a project, under environments:\n\n${asEnvironment(running)}${secret}${trust}\nA page to look at: ${url}/\n`;
}

/** The environment as project.yaml describes it. */
function asEnvironment({ url, authorityHost, tenant, clientId, blobHost }: Sandbox): string {
  return [
    "  standalone:",
    `    url: ${url}`,
    `    tenant: ${tenant}`,
    `    authorityHost: ${authorityHost}`,
    `    blobHosts: ["${blobHost}"]`,
    "    writes: [USMF, DEMF]",
    `    auth: { kind: client-secret, clientId: ${clientId}, clientSecret: "\${SANDBOX_SECRET}" }`,
    "",
  ].join("\n");
}
