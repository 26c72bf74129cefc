import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import {
  connect,
  environmentShape,
  type EnvironmentConnection,
} from "../../src/project/environment-definition.ts";

type Live = Parameters<typeof connect>[0];

function live(changes: Readonly<Record<string, unknown>> = {}): Live {
  const definition = environmentShape.parse({
    url: "https://contoso.example.com/",
    tenant: "contoso.onmicrosoft.com",
    writes: ["USMF"],
    auth: { kind: "client-secret", clientId: "${ID}", clientSecret: "${SECRET}" },
    ...changes,
  });
  if (definition.kind !== "live") throw new Error("not live");
  return definition;
}

function connectWith(variables: Readonly<Record<string, string>>, changes = {}): EnvironmentConnection {
  return connect(live(changes), { name: "uat", root: "/project", variables });
}

function secretOf({ auth }: EnvironmentConnection): string | undefined {
  return auth.kind === "client-secret" ? auth.clientSecret.reveal() : undefined;
}

function refusal(work: () => unknown): DmfpipeError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  throw new Error("It was taken.");
}

const variables = { ID: "the-id", SECRET: "the secret" };

test("without a kind an environment is a live one, with the public cloud's defaults", () => {
  expect(live()).toMatchObject({
    kind: "live",
    authorityHost: "https://login.microsoftonline.com",
    blobHosts: [],
    onInDoubt: "ask",
  });
});

test("variables are filled in, slashes at the end are cut off", () => {
  const connection = connectWith(
    { ...variables, HOST: "emea", BLOB: "blobs.example.com" },
    { url: "https://${HOST}.example.com//", blobHosts: ["${BLOB}"] },
  );
  expect(connection).toMatchObject({
    url: "https://emea.example.com",
    auth: { kind: "client-secret", clientId: "the-id" },
    resource: "https://emea.example.com",
    blobHosts: ["blobs.example.com"],
  });
  expect(secretOf(connection)).toBe("the secret");
});

test.each([{ ID: "x" }, { ID: "x", SECRET: "" }])("a variable that is not set is named: %j", (set) => {
  const error = refusal(() => connectWith(set));
  expect(error.code).toBe("DMFP-SECRET-MISSING");
  expect(error.message).toBe("The environment variable SECRET is not set.");
});

test("only the environment that is used needs its variables", () => {
  const used = environmentShape.parse({ kind: "sandbox" });
  // Reading the other one asked for nothing.
  expect([used.kind, live().auth]).toMatchObject(["sandbox", { clientSecret: "${SECRET}" }]);
});

test("what is filled in is not filled in again", () => {
  expect(secretOf(connectWith({ ...variables, SECRET: "${ID} $& $1" }))).toBe("${ID} $& $1");
});

test("property: the secret shows nowhere", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{8,40}$/), (secret) => {
      const connection = connectWith({ ...variables, SECRET: secret });
      for (const shown of [JSON.stringify(connection), inspect(connection, { depth: 9, showHidden: true })]) {
        expect(shown).not.toContain(secret);
      }
      expect(secretOf(connection)).toBe(secret);
    }),
  );
});

describe("plain http", () => {
  test.each(["http://127.0.0.1:8080", "http://localhost", "http://[::1]:9"])("%s: on this machine", (url) => {
    expect(connectWith(variables, { url, authorityHost: url }).url).toBe(url);
  });

  test.each([
    "http://contoso.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost@example.com",
    "http://localhost.example.com",
    "http://0.0.0.0",
    "ftp://127.0.0.1",
    "file:///etc",
  ])("%s: nowhere else", (address) => {
    for (const changes of [{ url: address }, { authorityHost: address }]) {
      const error = refusal(() => connectWith(variables, changes));
      expect(error).toMatchObject({ code: "DMFP-PROJECT-INVALID", at: { environment: "uat" } });
      expect(error.message).toContain("is not https");
    }
  });

  test("an address that is none once its variables are filled in", () => {
    const error = refusal(() =>
      connectWith({ ...variables, HOST: "a b" }, { url: "https://${HOST}.example.com" }),
    );
    expect(error).toMatchObject({
      code: "DMFP-PROJECT-INVALID",
      message: "https://a b.example.com is no address.",
    });
  });
});

describe("kinds of auth", () => {
  const filled = (auth: Readonly<Record<string, unknown>>): EnvironmentConnection["auth"] =>
    connectWith(variables, { auth }).auth;

  test("a certificate lies in the project, or where an absolute path says", () => {
    const auth = { kind: "client-certificate", clientId: "${ID}", certificateFile: "keys/fno.pem" };
    expect(filled(auth)).toEqual({
      kind: "client-certificate",
      clientId: "the-id",
      certificateFile: "/project/keys/fno.pem",
      sendCertificateChain: false,
    });
    const elsewhere = { ...auth, certificateFile: "/run/secrets/fno.pem", certificatePassword: "${SECRET}" };
    expect(filled(elsewhere)).toMatchObject({ certificateFile: "/run/secrets/fno.pem" });
    expect(JSON.stringify(filled(elsewhere))).not.toContain("the secret");
  });

  test("identities of Azure need nothing more", () => {
    for (const kind of ["managed-identity", "workload-identity", "azure-cli"]) {
      expect(filled({ kind })).toEqual({ kind });
    }
    expect(filled({ kind: "managed-identity", clientId: "${ID}" })).toMatchObject({ clientId: "the-id" });
    expect(filled({ kind: "workload-identity", tokenFile: "/var/run/token" })).toMatchObject({
      tokenFile: "/var/run/token",
    });
  });

  test.each([
    [{ kind: "client-secret", clientId: "a", clientSecret: "spelt out" }],
    [
      {
        kind: "client-certificate",
        clientId: "a",
        certificateFile: "a.pem",
        certificatePassword: "spelt out",
      },
    ],
  ])("a secret that stands in the file is refused: %j", (auth) => {
    expect(() => live({ auth })).toThrow("a secret does not belong in a file");
  });
});

describe("AD FS", () => {
  const adfs = { tenant: "adfs", authorityHost: "https://adfs.example.com" };

  test("tokens are for the address without its path", () => {
    const url = "https://ax.example.com/namespaces/AXSF/";
    expect(connectWith(variables, { ...adfs, url })).toMatchObject({
      url: "https://ax.example.com/namespaces/AXSF",
      resource: "https://ax.example.com",
    });
    expect(connectWith(variables, { ...adfs, url, resource: "https://${ID}" }).resource).toBe(
      "https://the-id",
    );
  });

  test("has a server of its own, and no identities of Azure", () => {
    expect(() => live({ tenant: "adfs" })).toThrow("authorityHost has to name the AD FS server");
    expect(() => live({ ...adfs, auth: { kind: "managed-identity" } })).toThrow("client-certificate");
  });
});
