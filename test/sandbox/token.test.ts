import { expect, test } from "vitest";
import { defaultSettings } from "../../src/sandbox/sandbox-settings.ts";
import { sandboxForTest, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox({ tokenLifetimeSeconds: 1234 });
const read = "/data/DataManagementDefinitionGroups";

function form(changes: Record<string, string> = {}): Record<string, string> {
  const { url, clientId, clientSecret } = client().sandbox;
  return {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${url}/.default`,
    ...changes,
  };
}

test("the v2 endpoint answers in the documented shape", async () => {
  const answer = await client().tokenAnswer(form());
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toEqual({
    token_type: "Bearer",
    expires_in: 1234,
    ext_expires_in: 1234,
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
  });
});

test("the v1 endpoint takes a resource and writes its numbers as strings", async () => {
  const answer = await client().tokenAnswer(
    form({ scope: "", resource: client().sandbox.url }),
    "oauth2/token",
  );
  expect(JSON.parse(answer.text)).toMatchObject({ expires_in: "1234", resource: client().sandbox.url });
  const { access_token: token } = JSON.parse(answer.text) as { access_token: string };
  expect((await client().get(read, token)).status).toBe(200);
});

test.each([
  ["a wrong secret", { client_secret: "no" }, 401, "invalid_client", 7000215],
  [
    "an unknown application",
    { client_id: "00000000-0000-0000-0000-000000000000" },
    400,
    "unauthorized_client",
    700016,
  ],
  [
    "another resource",
    { scope: "https://other.operations.dynamics.com/.default" },
    400,
    "invalid_resource",
    500011,
  ],
  ["a scope that is no .default", { scope: "user.read" }, 400, "invalid_scope", 1002012],
  ["another grant", { grant_type: "password" }, 400, "unsupported_grant_type", 70003],
])("%s is refused with its AADSTS code", async (_case, changes, status, error, code) => {
  const answer = await client().tokenAnswer(form(changes));
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({
    error,
    error_codes: [code],
    error_description: expect.stringMatching(
      new RegExp(`^AADSTS${code}: .+ Trace ID: .+ Timestamp: `),
    ) as string,
  });
});

test("an unknown tenant is refused", async () => {
  const answer = await client().tokenAnswer(form(), "oauth2/v2.0/token", "elsewhere.onmicrosoft.com");
  expect(JSON.parse(answer.text)).toMatchObject({ error_codes: [90002] });
});

test("F&O answers 401 without a token, with a forged one and to an application it does not know", async () => {
  const [, unregistered] = defaultSettings.applications;
  const foreign = await client().token(unregistered?.clientId, unregistered?.clientSecret);
  const [head, payload] = (await client().token()).split(".");
  const forged = `${head}.${payload}.${Buffer.alloc(32).toString("base64url")}`;
  for (const token of ["", "x.y.z", forged, foreign]) {
    expect((await client().get(read, token)).status).toBe(401);
  }
});

test("a user without the role gets 403", async () => {
  const application = defaultSettings.applications.find(({ mayManageData }) => !mayManageData);
  const token = await client().token(application?.clientId, application?.clientSecret);
  expect((await client().get(read, token)).status).toBe(403);
});

test("a token ends when its lifetime does", async () => {
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  const own = await sandboxForTest({ tokenLifetimeSeconds: 60 }, { clock: { now: () => nowMs } });
  const token = await own.token();
  nowMs += 59_000;
  expect((await own.get(read, token)).status).toBe(200);
  nowMs += 1_000;
  expect((await own.get(read, token)).status).toBe(401);
});
