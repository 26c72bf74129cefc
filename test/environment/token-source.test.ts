import { describe, expect, onTestFinished, test } from "vitest";
import { HttpPolicy } from "../../src/environment/http-policy.ts";
import { TokenSource } from "../../src/environment/token-source.ts";
import { Secret } from "../../src/errors/redaction.ts";
import { connectionTo } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { reply, scriptedServer, type Reply, type ScriptedServer } from "./scripted-server.ts";

/** A clock that stands still until it is set. */
class SetClock {
  ms = 1_000_000;
  now(): number {
    return this.ms;
  }
}

function tokens(server: ScriptedServer, clock = new SetClock()): TokenSource {
  const http = new HttpPolicy({ environment: "uat", clock, retry: quickRetry });
  onTestFinished(() => http.close());
  return new TokenSource(connectionTo(server.url), http, clock);
}

/** Token n is the text `token-n`. */
function tokensInTurn(expiresIn: unknown): Reply {
  let count = 0;
  return (response) => {
    count++;
    response.end(JSON.stringify({ access_token: `token-${count}`, expires_in: expiresIn }));
  };
}

test("asks the v2 endpoint of the tenant, with everything as a form", async () => {
  const server = await scriptedServer(tokensInTurn(3599));
  expect((await tokens(server).token()).reveal()).toBe("token-1");
  const [request] = server.received;
  expect(request?.method).toBe("POST");
  expect(request?.path.split("?")[0]).toBe("/contoso.onmicrosoft.com/oauth2/v2.0/token");
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
    grant_type: "client_credentials",
    client_id: "the-client",
    client_secret: "the secret",
    scope: `${server.url}/.default`,
  });
});

test("calls side by side share one request, before and after a renewal", async () => {
  const clock = new SetClock();
  const server = await scriptedServer(tokensInTurn(3599));
  const source = tokens(server, clock);
  const texts = async (): Promise<string[]> => {
    const all = await Promise.all([source.token(), source.token(), source.token()]);
    return all.map((token) => token.reveal());
  };
  expect(await texts()).toEqual(["token-1", "token-1", "token-1"]);
  clock.ms += 3599 * 1000;
  expect(await texts()).toEqual(["token-2", "token-2", "token-2"]);
  expect(server.received).toHaveLength(2);
});

test.each([
  ["an hour: five minutes before its end", 3600, 3300],
  ["written as a text, as AD FS and the old endpoint do", "3600", 3300],
  ["shorter than the margin: at half its life", 240, 120],
])("a token that lives %s is renewed", async (_name, expiresIn, usableSeconds) => {
  const clock = new SetClock();
  const source = tokens(await scriptedServer(tokensInTurn(expiresIn)), clock);
  await source.token();
  // The library counts whole seconds.
  clock.ms += (usableSeconds - 1) * 1000;
  expect((await source.token()).reveal()).toBe("token-1");
  clock.ms += 2000;
  expect((await source.token()).reveal()).toBe("token-2");
});

test("a token that was refused is forgotten", async () => {
  const source = tokens(await scriptedServer(tokensInTurn(3600)));
  await source.token();
  source.invalidate();
  expect((await source.token()).reveal()).toBe("token-2");
});

test("a failed request is not remembered", async () => {
  const source = tokens(await scriptedServer(reply(400, "{}"), tokensInTurn(3600)));
  expect((await failureOf(source.token())).code).toBe("DMFP-AUTH-REFUSED");
  expect((await source.token()).reveal()).toBe("token-1");
});

test("a token never shows when it is printed", async () => {
  const token = await tokens(await scriptedServer(tokensInTurn(3600))).token();
  expect(token).toBeInstanceOf(Secret);
  expect(`${String(token)} ${JSON.stringify({ token })}`).toBe('*** {"token":"***"}');
});

describe("refusals of Microsoft Entra", () => {
  const refusal = (code: number, text: string): Reply =>
    reply(401, {
      error: "invalid_client",
      error_description: `AADSTS${code}: ${text} Trace ID: 1`,
      error_codes: [code],
    });

  test.each([
    [7000215, "The client secret is wrong."],
    [7000222, "The client secret has expired."],
    [700016, "The tenant has no application with this client id."],
    [90002, "There is no such tenant."],
    [500011, "The url of the environment is not known to the tenant."],
    [65001, "The application lacks consent."],
  ])("AADSTS%i says what to do", async (code, hint) => {
    const server = await scriptedServer(refusal(code, "Something is not right."));
    const error = await failureOf(tokens(server).token());
    expect(error.code).toBe("DMFP-AUTH-REFUSED");
    expect(error.message).toContain(`AADSTS${code}: Something is not right.`);
    expect(error.next.startsWith(hint)).toBe(true);
    // A wrong secret that is tried again and again locks the application.
    expect(server.received).toHaveLength(1);
  });

  test("of a number nobody foresaw keep the general advice", async () => {
    const error = await failureOf(tokens(await scriptedServer(refusal(1, "New."))).token());
    expect(error.next).toBe(error.entry.next);
  });

  test("without words of their own, and pages of something in between", async () => {
    const bare = await failureOf(
      tokens(await scriptedServer(reply(400, { error: "invalid_scope" }))).token(),
    );
    expect(bare.message).toBe("Signing in was refused: invalid_scope");
    const page = await failureOf(tokens(await scriptedServer(reply(404, "<h1>No</h1>"))).token());
    expect(page).toMatchObject({ code: "DMFP-AUTH-REFUSED", message: "Signing in: HTTP 404. <h1>No</h1>" });
  });

  test("never repeat the secret, even when the answer does", async () => {
    const server = await scriptedServer(
      reply(400, { error: "bad", error_description: "got client_secret=the+secret&scope=x" }),
    );
    expect((await failureOf(tokens(server).token())).message).not.toContain("the+secret");
  });
});

test.each([
  ["a page", "<html>"],
  ["no token", { expires_in: 3600 }],
  ["an empty token", { access_token: "", expires_in: 3600 }],
  ["no lifetime", { access_token: "t" }],
])("an answer 200 with %s", async (_name, body) => {
  const error = await failureOf(tokens(await scriptedServer(reply(200, body))).token());
  expect(error.code).toBe("DMFP-HTTP-ANSWER");
});
