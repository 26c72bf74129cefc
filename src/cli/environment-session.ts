import path from "node:path";
import { Secret } from "../errors/redaction.ts";
import {
  connect,
  type EnvironmentConnection,
  type EnvironmentDefinition,
} from "../project/environment-definition.ts";
import { resolveInside } from "../project/project-path.ts";
import type { Project } from "../project/project.ts";
import { startSandbox } from "../sandbox/start-sandbox.ts";

/**
 * Gives the work a connection to the environment: a live one as project.yaml describes it, or the embedded sandbox,
 * started for as long as the work lasts. The sandbox keeps its state in `.dmfpipe/sandbox`.
 */
export async function withConnection<T>(
  options: {
    readonly project: Project;
    readonly name: string;
    readonly definition: EnvironmentDefinition;
    readonly variables: Readonly<Record<string, string | undefined>>;
  },
  work: (connection: EnvironmentConnection) => Promise<T>,
): Promise<T> {
  const { project, name, definition, variables } = options;
  if (definition.kind === "live") return await work(connect(name, definition, variables));
  const { setup } = definition;
  const sandbox = await startSandbox({
    dataFolder: path.join(project.root, ".dmfpipe", "sandbox"),
    ...(setup === undefined
      ? {}
      : { setupFile: resolveInside({ root: project.root, configured: setup, at: { environment: name } }) }),
  });
  try {
    return await work({
      name,
      url: sandbox.url,
      tenant: sandbox.tenant,
      authorityHost: sandbox.authorityHost,
      clientId: sandbox.clientId,
      clientSecret: new Secret(sandbox.clientSecret),
      blobHosts: [sandbox.blobHost],
    });
  } finally {
    await sandbox.stop();
  }
}
