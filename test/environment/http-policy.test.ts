import { describe, expect, onTestFinished, test } from "vitest";
import { HttpPolicy, type HttpCall, type HttpPolicyOptions } from "../../src/environment/http-policy.ts";
import { retryAfterMs } from "../../src/environment/retry-after.ts";
import { monotonicMs, systemClock } from "../../src/errors/clock.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { hangUp, reply, scriptedServer, silence, type Reply } from "./scripted-server.ts";

function policyFor(options: Partial<HttpPolicyOptions> = {}): HttpPolicy {
  const policy = new HttpPolicy({ environment: "uat", clock: systemClock, retry: quickRetry, ...options });
  onTestFinished(() => policy.close());
  return policy;
}

function callTo(url: string, changes: Partial<HttpCall> = {}): HttpCall {
  return {
    method: "POST",
    url,
    body: "{}",
    purpose: "Doing something",
    effect: "repeatable",
    timeoutMs: 60_000,
    maxBytes: 1000,
    ...changes,
  };
}

describe("what is repeated", () => {
  test.each([408, 429, 500, 502, 503, 504])("%i of a call that may be repeated", async (status) => {
    const server = await scriptedServer(reply(status), reply(status), reply(200, "done"));
    const retried: string[] = [];
    const policy = policyFor({ onRetry: (what) => retried.push(what) });
    expect(await policy.send(callTo(server.url))).toMatchObject({ status: 200, text: "done" });
    expect(server.received).toHaveLength(3);
    expect(retried).toEqual([`Doing something: HTTP ${status}`, `Doing something: HTTP ${status}`]);
  });

  test("but no more often than the attempts allow", async () => {
    const server = await scriptedServer(reply(503, "<p>be right back\n</p>"));
    const error = await failureOf(policyFor().send(callTo(server.url)));
    expect(error.code).toBe("DMFP-HTTP-TEMPORARY");
    expect(error.message).toBe("Doing something: HTTP 503 3 times. <p>be right back </p>");
    expect(server.received).toHaveLength(3);
  });

  test.each([408, 500, 502, 503, 504])("%i of a call with an effect is a doubt", async (status) => {
    const server = await scriptedServer(reply(status), reply(200));
    const error = await failureOf(policyFor().send(callTo(server.url, { effect: "once" })));
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(server.received).toHaveLength(1);
  });

  test("429 refuses at the door, so even a call with an effect is repeated", async () => {
    const server = await scriptedServer(reply(429, "", { "retry-after": "0" }), reply(200, "accepted"));
    const answer = await policyFor().send(callTo(server.url, { effect: "once" }));
    expect(answer.text).toBe("accepted");
    expect(server.received).toHaveLength(2);
  });

  test.each([200, 204, 302, 400, 401, 403, 404, 409, 413, 501, 505])("%i is an answer", async (status) => {
    const server = await scriptedServer(reply(status));
    for (const effect of ["repeatable", "once"] as const)
      expect((await policyFor().send(callTo(server.url, { effect }))).status).toBe(status);
    expect(server.received).toHaveLength(2);
  });

  test("a redirect is not followed, and the token goes nowhere else", async () => {
    const elsewhere = await scriptedServer(reply(200));
    const server = await scriptedServer(reply(302, "", { location: elsewhere.url }));
    const answer = await policyFor().send(callTo(server.url, { headers: { authorization: "Bearer t" } }));
    expect(answer.status).toBe(302);
    expect(elsewhere.received).toEqual([]);
  });
});

describe("connections", () => {
  test("that nobody takes up: nothing can have happened, so both kinds are repeated, then given up", async () => {
    const server = await scriptedServer(reply(200));
    await server.close();
    for (const effect of ["repeatable", "once"] as const) {
      const retried: string[] = [];
      const policy = policyFor({ onRetry: (what) => retried.push(what) });
      const error = await failureOf(policy.send(callTo(server.url, { effect })));
      expect(error.code).toBe("DMFP-HOST-UNREACHABLE");
      expect(error.message).toContain(`127.0.0.1:${server.port}`);
      expect(retried).toHaveLength(2);
    }
  });

  test("cut after the request was read: repeated only where it may be", async () => {
    const server = await scriptedServer(hangUp, reply(200, "second"));
    expect((await policyFor().send(callTo(server.url))).text).toBe("second");
    const other = await scriptedServer(hangUp, reply(200));
    const error = await failureOf(policyFor().send(callTo(other.url, { effect: "once" })));
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(other.received).toHaveLength(1);
  });

  const cutInTheMiddle: Reply = (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half an ans", () => {
      response.destroy();
    });
  };

  test("cut in the middle of an answer", async () => {
    const server = await scriptedServer(cutInTheMiddle, reply(200, "whole"));
    expect((await policyFor().send(callTo(server.url))).text).toBe("whole");
    const other = await scriptedServer(cutInTheMiddle, reply(200));
    const error = await failureOf(policyFor().send(callTo(other.url, { effect: "once" })));
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(other.received).toHaveLength(1);
  });

  test("that stay silent run into the time-out of the call", async () => {
    const server = await scriptedServer(silence, reply(200, "second"));
    // undici looks at its timers about once a second.
    expect((await policyFor().send(callTo(server.url, { timeoutMs: 50 }))).text).toBe("second");
    const other = await scriptedServer(silence);
    const error = await failureOf(policyFor().send(callTo(other.url, { effect: "once", timeoutMs: 50 })));
    expect(error.code).toBe("DMFP-IN-DOUBT");
  });
});

describe("answers", () => {
  test("of the greatest size are read, one byte more is refused", async () => {
    const server = await scriptedServer(reply(200, "x".repeat(1000)), reply(200, "x".repeat(1001)));
    const policy = policyFor();
    expect((await policy.send(callTo(server.url))).text).toHaveLength(1000);
    const error = await failureOf(policy.send(callTo(server.url)));
    expect(error.code).toBe("DMFP-HTTP-ANSWER");
    expect(server.received).toHaveLength(2);
  });

  test("that never end are cut off", async () => {
    const endless: Reply = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("y".repeat(500)));
      };
      response.on("drain", more);
      more();
    };
    const server = await scriptedServer(endless);
    const error = await failureOf(policyFor().send(callTo(server.url)));
    expect(error.message).toBe("Doing something: the answer is larger than 1000 bytes.");
  });

  test("lose the byte order mark some of F&O begin with", async () => {
    const server = await scriptedServer(reply(200, "\uFEFF17"));
    expect((await policyFor().send(callTo(server.url))).text).toBe("17");
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-23T10:00:00Z");

  test.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": " 1.5 " }, 1500],
    [{ "retry-after": "Mon, 23 Nov 2026 10:00:09 GMT" }, 9000],
    [{ "retry-after": "Mon, 23 Nov 2026 09:00:00 GMT" }, 0],
    [{ "retry-after": ["3", "9"] }, 3000],
    [{ "x-ms-retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after-ms": "20" }, 20],
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after": "Monday, 23-Nov-26 10:00:09 GMT" }, 9000],
    [{ "retry-after": "Mon Nov 23 10:00:09 2026" }, 9000],
    [{ "retry-after": "2026-11-23T10:00:09Z" }, 9000],
    [{ "retry-after": "soon" }, undefined],
    [{ "x-ms-retry-after-ms": "soon", "retry-after": "2" }, 2000],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ])("%j", (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });

  test("is one pause for all calls of the environment, and an interruption ends it", async () => {
    const server = await scriptedServer(reply(429, "", { "retry-after": "3600" }), reply(200));
    const interruption = new AbortController();
    const refused = Promise.withResolvers<undefined>();
    const policy = policyFor({
      signal: interruption.signal,
      onRetry: () => {
        refused.resolve(undefined);
      },
    });
    const first = failureOf(policy.send(callTo(server.url)));
    await refused.promise;
    const second = failureOf(policy.send(callTo(`${server.url}/second`)));
    // Somebody else gets through meanwhile: the pause is ours, not the server's.
    await policyFor().send(callTo(`${server.url}/other`));
    interruption.abort();
    expect([(await first).code, (await second).code]).toEqual(["DMFP-INTERRUPTED", "DMFP-INTERRUPTED"]);
    expect(server.received.map(({ path }) => path)).toEqual(["/", "/other"]);
  });

  test("longer than a timer can be set for is waited for all the same", async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => {
      warnings.push(warning.name);
    };
    process.on("warning", listen);
    onTestFinished(() => {
      process.off("warning", listen);
    });
    const server = await scriptedServer(
      reply(429, "", { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }),
      reply(200),
    );
    const interruption = new AbortController();
    const refused = Promise.withResolvers<undefined>();
    const policy = policyFor({
      signal: interruption.signal,
      onRetry: () => {
        refused.resolve(undefined);
      },
    });
    const waiting = failureOf(policy.send(callTo(server.url)));
    await refused.promise;
    await policyFor().send(callTo(server.url));
    interruption.abort();
    expect((await waiting).code).toBe("DMFP-INTERRUPTED");
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  test("in a storm of refusals the call goes on beyond its attempts, as long as its patience lasts", async () => {
    const forms = ["0", "0.001", new Date(0).toUTCString()];
    const storm = Array.from({ length: 9 }, (_, index) =>
      reply(429, "", { "retry-after": forms[index % forms.length] ?? "" }),
    );
    // And one that does not say how long.
    const server = await scriptedServer(...storm, reply(429), reply(200, "calm"));
    const policy = policyFor({ retry: { ...quickRetry, patienceMs: 60_000 } });
    expect((await policy.send(callTo(server.url, { effect: "once" }))).text).toBe("calm");
    expect(server.received).toHaveLength(11);
  });

  test("that would go on beyond the patience is not begun, once the attempts are used up", async () => {
    const server = await scriptedServer(
      reply(429, "", { "retry-after": "0" }),
      reply(429),
      reply(429, "busy", { "retry-after": "3600" }),
    );
    const policy = policyFor({ retry: { ...quickRetry, patienceMs: 60_000 } });
    const error = await failureOf(policy.send(callTo(server.url)));
    expect([error.code, error.message]).toEqual([
      "DMFP-HTTP-TEMPORARY",
      "Doing something: HTTP 429 3 times. busy",
    ]);
  });

  test("that would go on beyond the deadline of the step ends the call at once", async () => {
    const server = await scriptedServer(reply(503, "", { "retry-after": "3600" }), reply(200));
    const policy = policyFor({ retry: { ...quickRetry, patienceMs: 86_400_000 } });
    const error = await failureOf(policy.send(callTo(server.url, { endsAtMs: monotonicMs() + 60_000 })));
    expect(error.code).toBe("DMFP-HTTP-TEMPORARY");
    expect(error.message).toMatch(
      /^Doing something: the environment asks to wait 3\d{3} seconds, longer than there is time\.$/,
    );
    expect(server.received).toHaveLength(1);
  });

  test("does not depend on what the wall clock says later", async () => {
    const server = await scriptedServer(reply(429, "", { "retry-after": "0" }), reply(200, "done"));
    // Two hours back with every look at it.
    let time = now;
    const policy = policyFor({ clock: { now: () => (time -= 7_200_000) } });
    expect((await policy.send(callTo(server.url))).text).toBe("done");
  });
});

describe("a deadline of the step", () => {
  test("ends a request that is under way", async () => {
    const server = await scriptedServer(silence);
    const policy = policyFor({ retry: { ...quickRetry, attempts: 1 } });
    for (const [effect, code] of [
      ["repeatable", "DMFP-HOST-UNREACHABLE"],
      ["once", "DMFP-IN-DOUBT"],
    ] as const) {
      const call = callTo(server.url, { effect, endsAtMs: monotonicMs() + 20 });
      const error = await failureOf(policy.send(call));
      expect(error.code).toBe(code);
      expect(error.message).toContain("no answer before the deadline");
    }
  });

  test("ends an answer that comes drop by drop", async () => {
    const dripping: Reply = (response) => {
      const drip = setInterval(() => response.write("."), 5);
      response.on("close", () => {
        clearInterval(drip);
      });
    };
    const server = await scriptedServer(dripping);
    const policy = policyFor({ retry: { ...quickRetry, attempts: 1 } });
    const error = await failureOf(policy.send(callTo(server.url, { endsAtMs: monotonicMs() + 100 })));
    expect(error.message).toContain("no answer before the deadline");
  });
});

test("request ids of a failure are in its message, for those who have to look at the server", async () => {
  const ids = { "x-ms-request-id": "0ab1c2", "ms-dyn-aid": "77" };
  const server = await scriptedServer(reply(503, "down", ids));
  const temporary = await failureOf(policyFor().send(callTo(server.url)));
  expect(temporary.message).toBe("Doing something: HTTP 503 3 times (x-ms-request-id 0ab1c2). down");
  const doubt = await failureOf(policyFor().send(callTo(server.url, { effect: "once" })));
  expect(doubt.message).toBe(
    "Doing something: no clear answer came back (HTTP 503 (x-ms-request-id 0ab1c2)).",
  );
});

test("an interruption ends a request that is under way", async () => {
  const interruption = new AbortController();
  const server = await scriptedServer(() => {
    interruption.abort();
  });
  const error = await failureOf(policyFor({ signal: interruption.signal }).send(callTo(server.url)));
  expect(error.code).toBe("DMFP-INTERRUPTED");
});
