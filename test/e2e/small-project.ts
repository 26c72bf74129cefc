import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { startSandbox, type Sandbox } from "../../src/sandbox/start-sandbox.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { sharedAzurite } from "../sandbox/shared-azurite.ts";

/** A project of two entities in a folder of its own, as small as a project can be. */
export interface SmallProject {
  readonly root: string;
  /** Writes a file of the project, `name` relative to its root. */
  readonly write: (name: string, content: string | Buffer) => void;
  readonly remove: () => void;
}

export const vendorGroups = "CODE;TEXT\r\nLOCAL;Local vendors\r\nABROAD;Vendors abroad\r\n";

/** Vendor V3 names a payment term that F&O does not know. */
export const vendorsWithOneRefused = `NO;NAME;GROUP;TERM
V1;Müller & Söhne;LOCAL;Net30
V2;"Smith; Jones";ABROAD;Net10
V3;Nobody knows my term;LOCAL;NET99
`;

export const cleanVendors = "NO;NAME;GROUP;TERM\nV1;Müller;LOCAL;Net30\nV2;Smith;ABROAD;Net10\n";

const vendorGroupsMapping = `entity: Vendor groups
source: { file: data/groups.csv, delimiter: ";" }
legalEntity: USMF
fields:
  VENDORGROUPID: CODE
  DESCRIPTION: TEXT
`;

export const vendorsMapping = `entity: Vendors V2
source: { file: data/vendors.csv, delimiter: ";" }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: GROUP
  DEFAULTPAYMENTTERMSNAME: TERM
`;

/** Makes the project. `environments` is that part of project.yaml; without it there is the embedded sandbox. */
export function smallProject(
  options: {
    readonly vendors?: string;
    readonly environments?: Readonly<Record<string, unknown>>;
    readonly limits?: Readonly<Record<string, unknown>>;
    readonly packages?: Readonly<Record<string, unknown>>;
  } = {},
): SmallProject {
  const root = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-e2e-"));
  const write = (name: string, content: string | Buffer): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const environments = options.environments ?? { sandbox: { kind: "sandbox" } };
  write(
    "mappings/project.yaml",
    stringify({
      project: "small",
      entities: ["vendors.yaml", "vendor-groups.yaml"],
      environments,
      defaults: { environment: Object.keys(environments)[0] },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.packages === undefined ? {} : { packages: options.packages }),
    }),
  );
  write("mappings/vendor-groups.yaml", vendorGroupsMapping);
  write("mappings/vendors.yaml", vendorsMapping);
  write("data/groups.csv", vendorGroups);
  write("data/vendors.csv", options.vendors ?? vendorsWithOneRefused);
  return {
    root,
    write,
    remove: () => {
      rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** A running F&O, and the project.yaml entry that leads to it. The secret is in the variable FNO_SECRET. */
export interface RunningEnvironment {
  readonly sandbox: Sandbox;
  readonly environments: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

export async function startEnvironment(
  settings: Partial<SandboxSettings> = {},
  overrides: Readonly<Record<string, unknown>> = {},
  setup?: Readonly<Record<string, unknown>>,
): Promise<RunningEnvironment> {
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-sandbox-"));
  const setupFile = setup === undefined ? undefined : path.join(dataFolder, "setup.json");
  if (setupFile !== undefined) writeFileSync(setupFile, JSON.stringify(setup));
  const sandbox = await startSandbox({ dataFolder, settings, setupFile, azurite: await sharedAzurite() });
  return {
    sandbox,
    environments: {
      uat: {
        kind: "live",
        url: sandbox.url,
        tenant: sandbox.tenant,
        authorityHost: sandbox.authorityHost,
        blobHosts: [sandbox.blobHost],
        writes: ["USMF"],
        auth: { kind: "client-secret", clientId: sandbox.clientId, clientSecret: "${FNO_SECRET}" },
        ...overrides,
      },
    },
    variables: { FNO_SECRET: sandbox.clientSecret },
    stop: async () => {
      await sandbox.stop();
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
