import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { defaultSettings } from "../../src/sandbox/sandbox-settings.ts";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { clientCertificate } from "../sandbox/client-certificate.ts";
import { dmfpipe } from "./command-line.ts";
import { smallProject, startEnvironment, type SmallProject } from "./small-project.ts";

function project(environments?: Readonly<Record<string, unknown>>): SmallProject {
  const made = smallProject(environments === undefined ? {} : { environments });
  onTestFinished(made.remove);
  return made;
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split("\n").at(-1);
}

interface Printed {
  readonly environment: string;
  readonly exitCode: number;
  readonly steps: readonly { readonly id: string; readonly state: string; readonly fix?: string }[];
}

describe("dmfpipe doctor", () => {
  test("finds nothing wrong with the embedded sandbox, and says how to go on", async () => {
    const { root } = project();
    const seen = await dmfpipe(root, ["doctor"]);
    expect(seen.code).toBe(0);
    expect(seen.stdout).toMatch(/^ok +Token +\d+ ms {2}Given for the client secret/m);
    expect(seen.stdout).toMatch(/^- +Blob store: upload +Only with --write/m);
    expect(seen.stderr).toContain("Nothing is broken. Nothing was changed in F&O.");
    expect(lastLine(seen.stderr)).toBe("Next: dmfpipe doctor --write --env sandbox");

    const written = await dmfpipe(root, ["doctor", "--write", "--quiet"]);
    expect([written.code, written.stdout, written.stderr]).toEqual([0, "", ""]);
  });

  test("no proxy leads to the embedded sandbox, however the exceptions are spelled", async () => {
    const { root } = project();
    const nobody = { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9" };
    for (const exceptions of ["NO_PROXY", "no_proxy"]) {
      const seen = await dmfpipe(root, ["doctor"], { variables: { ...nobody, [exceptions]: "example.com" } });
      expect(seen.stderr).toContain("Nothing is broken.");
    }
  });

  test.each([
    ["load", "http://who:pass word@[proxy"],
    ["sandbox", "http://who:pass word@[proxy"],
    ["load", "proxy.example.com:8080"],
  ])(
    "a proxy that is no address: %s ends with 2, and the variable is named; its value is not",
    async (command, value) => {
      const { root } = project();
      const seen = await dmfpipe(root, [command], { variables: { http_proxy: value } });
      expect(seen.code).toBe(2);
      expect(seen.stderr).toContain("DMFP-USAGE: The proxy that HTTP_PROXY names is no address.");
      expect(seen.stderr).not.toContain("pass word");
    },
  );

  test("a secret that is not set: 2, and the variable is named", async () => {
    const { environments, stop } = await startEnvironment();
    onTestFinished(stop);
    const { root } = project(environments);
    const seen = await dmfpipe(root, ["doctor"]);
    expect(seen.code).toBe(2);
    expect(seen.stdout).toContain("FNO_SECRET is not set");
    expect(seen.stderr).toContain("Begin with: Settings.");
    expect(lastLine(seen.stderr)).toBe("Next: dmfpipe doctor --env uat");
  });

  test("a wrong secret: 6, for machines too, and the secret is nowhere", async () => {
    const { environments, stop } = await startEnvironment();
    onTestFinished(stop);
    const { root } = project(environments);
    const variables = { FNO_SECRET: "very-wrong-secret" };
    const seen = await dmfpipe(root, ["doctor", "--json"], { variables });
    expect(seen.code).toBe(6);
    const printed = JSON.parse(seen.stdout) as Printed;
    expect(printed).toMatchObject({ environment: "uat", exitCode: 6 });
    const failed = printed.steps.filter(({ state }) => state === "failed");
    expect(failed.map(({ id }) => id)).toEqual(["token"]);
    expect(failed[0]?.fix).toContain("not its id");
    expect(seen.stdout + seen.stderr).not.toContain("very-wrong-secret");
  });

  test("nobody there: 5", async () => {
    const { environments, variables, stop } = await startEnvironment();
    await stop();
    const seen = await dmfpipe(project(environments).root, ["doctor", "--quiet"], { variables });
    expect(seen.code).toBe(5);
    expect(seen.stdout).toContain("nobody listens there");
    expect(seen.stdout).not.toMatch(/^ok/m);
  });
});

describe("a company's own certificate authority", () => {
  test("is refused with the way to trust it, and trusted by NODE_EXTRA_CA_CERTS", async () => {
    const dataFolder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-doctor-"));
    const sandbox = await startSandbox({ dataFolder, tls: true });
    onTestFinished(async () => {
      await sandbox.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    });
    const made = project({
      uat: {
        url: sandbox.url,
        tenant: sandbox.tenant,
        authorityHost: sandbox.authorityHost,
        blobHosts: [sandbox.blobHost],
        writes: ["USMF"],
        auth: { kind: "client-secret", clientId: sandbox.clientId, clientSecret: "${FNO_SECRET}" },
      },
    });
    const variables = { FNO_SECRET: sandbox.clientSecret };
    const refused = await dmfpipe(made.root, ["doctor"], { variables });
    expect(refused.code).toBe(6);
    expect(refused.stdout).toContain("Fix: If this is the right host, put its certificate into a PEM file");

    // A load meets the same certificate, and does not try it again and again.
    const load = await dmfpipe(made.root, ["load"], { variables });
    expect(load.code).toBe(6);
    expect(load.stderr).toContain("DMFP-TLS-REFUSED");

    const trusting = { ...variables, NODE_EXTRA_CA_CERTS: sandbox.certificateFile ?? "" };
    const trusted = await dmfpipe(made.root, ["doctor", "--write"], { variables: trusting });
    expect(trusted.code).toBe(0);
    expect(trusted.stdout).toMatch(/^ok +Environment: TLS/m);
  });
});

test("a load signs in with a certificate, over TLS, end to end", async () => {
  const certificate = clientCertificate();
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-doctor-"));
  const applications = defaultSettings.applications.map((known) => ({
    ...known,
    certificates: [certificate.pem],
  }));
  const sandbox = await startSandbox({ dataFolder, tls: true, settings: { applications } });
  onTestFinished(async () => {
    await sandbox.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  });
  const made = project();
  made.write("keys/fno.pem", certificate.bundle);
  made.write(
    "mappings/project.yaml",
    stringify({
      project: "small",
      entities: ["vendors.yaml", "vendor-groups.yaml"],
      environments: {
        uat: {
          url: sandbox.url,
          tenant: sandbox.tenant,
          authorityHost: sandbox.authorityHost,
          blobHosts: [sandbox.blobHost],
          writes: ["USMF"],
          auth: {
            kind: "client-certificate",
            clientId: sandbox.clientId,
            certificateFile: "keys/fno.pem",
          },
        },
      },
      defaults: { environment: "uat" },
    }),
  );
  const variables = { NODE_EXTRA_CA_CERTS: sandbox.certificateFile ?? "" };
  const seen = await dmfpipe(made.root, ["load"], { variables });
  // One vendor names a payment term F&O does not know.
  expect(seen.code).toBe(4);
});
