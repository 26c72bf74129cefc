import path from "node:path";
import { demandProxies } from "../environment/proxy-variables.ts";
import { trustCertificates } from "../environment/trusted-certificates.ts";
import { Secret } from "../errors/redaction.ts";
import type { ConnectionSource, LoadOptions } from "../load/load-options.ts";
import { connect } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import { resolveInside } from "../project/project-path.ts";
import { startSandbox, type Sandbox } from "../sandbox/start-sandbox.ts";

/**
 * The way to an environment: a live one as project.yaml describes it, or the embedded sandbox, started when it is
 * first needed and stopped with the command. The sandbox keeps its state in `.dmfpipe/sandbox`.
 */
export function connectionSource(
  options: Pick<LoadOptions, "environmentName" | "definition"> & { readonly project: Pick<Project, "root"> },
  variables: Readonly<Record<string, string | undefined>>,
): ConnectionSource {
  const { project, environmentName: name, definition } = options;
  if (definition.kind === "live") {
    return {
      open: () => {
        demandProxies(variables);
        trustCertificates(variables);
        return Promise.resolve(connect(definition, { name, root: project.root, variables }));
      },
      close: () => Promise.resolve(),
    };
  }
  const { setup, enhancedParallelImport } = definition;
  let sandbox: Sandbox | undefined;
  return {
    open: async () => {
      demandProxies(variables);
      sandbox = await startSandbox({
        dataFolder: path.join(project.root, ".dmfpipe", "sandbox"),
        settings: { enhancedParallelImport },
        ...(setup === undefined
          ? {}
          : {
              setupFile: resolveInside({ root: project.root, configured: setup, at: { environment: name } }),
            }),
      });
      return {
        name,
        url: sandbox.url,
        tenant: sandbox.tenant,
        authorityHost: sandbox.authorityHost,
        auth: {
          kind: "client-secret",
          clientId: sandbox.clientId,
          clientSecret: new Secret(sandbox.clientSecret),
        },
        resource: sandbox.url,
        blobHosts: [sandbox.blobHost],
      };
    },
    close: async () => {
      await sandbox?.stop();
    },
  };
}
