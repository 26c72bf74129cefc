import { describe, expect, test } from "vitest";
import { connectionTo, connectionToSandbox, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { reply, scriptedServer, type Reply } from "./scripted-server.ts";
import { sandboxForTest } from "../sandbox/sandbox-client.ts";
import { Secret } from "../../src/errors/redaction.ts";
import { defaultSettings } from "../../src/sandbox/sandbox-settings.ts";

const token = reply(200, { access_token: "t", expires_in: 3600 });
const request = {
  packageUrl: "https://store.blob.core.windows.net/dmf/p.zip?sig=abc",
  definitionGroupId: "project",
  executionId: "our-id",
  legalEntityId: "USMF",
  execute: true,
  overwrite: true,
};

describe("401", () => {
  test("renews the token once and repeats the call, even one with an effect", async () => {
    const second = reply(200, { access_token: "t2", expires_in: 3600 });
    const server = await scriptedServer(token, reply(401), second, reply(200, { value: "our-id" }));
    const { api } = environmentFor(connectionTo(server.url));
    expect(await api.importFromPackage(request)).toEqual({ kind: "accepted", executionId: "our-id" });
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer t",
      undefined,
      "Bearer t2",
    ]);
  });

  test("again means that the application is not registered", async () => {
    const client = await sandboxForTest();
    const application = defaultSettings.applications.find(({ registered }) => !registered);
    const { api } = environmentFor(
      connectionToSandbox(client.sandbox, {
        auth: {
          kind: "client-secret",
          clientId: application?.clientId ?? "",
          clientSecret: new Secret(application?.clientSecret ?? ""),
        },
      }),
    );
    const error = await failureOf(api.getAzureWriteUrl("x.zip"));
    expect(error.code).toBe("DMFP-AUTH-NOT-REGISTERED");
    expect(error.message).toContain(application?.clientId);
    expect(error.next).toContain("Microsoft Entra applications");
  });
});

test("403 means that the role is missing", async () => {
  const client = await sandboxForTest();
  const application = defaultSettings.applications.find(({ mayManageData }) => !mayManageData);
  const { api } = environmentFor(
    connectionToSandbox(client.sandbox, {
      auth: {
        kind: "client-secret",
        clientId: application?.clientId ?? "",
        clientSecret: new Secret(application?.clientSecret ?? ""),
      },
    }),
  );
  const error = await failureOf(api.getAzureWriteUrl("x.zip"));
  expect(error.code).toBe("DMFP-AUTH-ROLE");
  expect(error.message).toContain("Access denied");
});

describe("what is no answer of F&O", () => {
  test.each<[string, Reply, string, string]>([
    ["a page with 200", reply(200, "<html>\n <h1>Sign in"), "DMFP-HTTP-ANSWER", "<html> <h1>Sign in"],
    ["nothing with 200", reply(200), "DMFP-HTTP-ANSWER", "it is empty"],
    ["a redirect to a sign-in page", reply(302, "", { location: "/login" }), "DMFP-HTTP-ANSWER", "HTTP 302"],
    ["a proxy's 407", reply(407, "who are you"), "DMFP-HTTP-REFUSED", "HTTP 407. who are you"],
  ])("%s", async (_name, answer, code, words) => {
    const server = await scriptedServer(token, answer);
    const error = await failureOf(environmentFor(connectionTo(server.url)).api.getAzureWriteUrl("x"));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.at).toEqual({ environment: "uat" });
  });

  test("a page with 200 to a call with an effect is a doubt", async () => {
    const server = await scriptedServer(token, reply(200, "<html>"));
    const error = await failureOf(environmentFor(connectionTo(server.url)).api.importFromPackage(request));
    expect(error.code).toBe("DMFP-IN-DOUBT");
  });
});

describe("the words of a refusal", () => {
  test.each<[unknown, string]>([
    [{ error: { code: "", message: "outer", innererror: { message: "inner", type: "X" } } }, "inner"],
    [{ error: { message: "outer", innererror: { message: "" } } }, "outer"],
    [{ error: { message: "outer", innererror: { type: "X" } } }, "outer"],
    [{ error: { message: "outer" } }, "outer"],
    [{ Message: "An error has occurred." }, "An error has occurred."],
    [{ Message: null, other: 1 }, '{"Message":null,"other":1}'],
    ["plain\n text ", "plain text"],
    ["", ""],
    [["list"], '["list"]'],
  ])("%j", async (body, expected) => {
    const server = await scriptedServer(token, reply(400, body));
    const outcome = await environmentFor(connectionTo(server.url)).api.importFromPackage(request);
    expect(outcome).toEqual({ kind: "refused", refusal: { status: 400, message: expected } });
  });

  test("never hold a signature", async () => {
    const server = await scriptedServer(
      token,
      reply(400, { error: { message: "cannot read https://x/y?sv=1&sig=a%2Bb%3D&se=2" } }),
    );
    const error = await failureOf(environmentFor(connectionTo(server.url)).api.getAzureWriteUrl("x"));
    expect(error.code).toBe("DMFP-HTTP-REFUSED");
    expect(error.message).toContain("sig=***&se=2");
    expect(error.message).not.toContain("a%2Bb");
  });
});
