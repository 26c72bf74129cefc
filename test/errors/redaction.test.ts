import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scrub, Secret } from "../../src/errors/redaction.ts";

const base64 = fc.stringMatching(/^[A-Za-z0-9+/]{24,60}={0,2}$/);
const word = fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/);
const surroundings = fc.tuple(fc.string(), fc.string());

describe("property: wherever it stands, it does not survive", () => {
  test("the signature of a shared access signature, however its address is written", () => {
    const forms = fc.constantFrom<(signature: string) => string>(
      (sig) =>
        `https://x.blob.core.windows.net/dmf/p.zip?sv=2024-01-01&sig=${encodeURIComponent(sig)}&se=2026`,
      (sig) => `?SIG=${encodeURIComponent(sig)}`,
      (sig) => `&amp;sig=${encodeURIComponent(sig)}&amp;se=1`,
      (sig) => String.raw`\u0026sig=${encodeURIComponent(sig)}\u0026se=1`,
      (sig) => JSON.stringify({ BlobUrl: `https://x/y?sig=${encodeURIComponent(sig)}` }),
      (sig) => encodeURIComponent(`https://x/y?sp=rw&sig=${encodeURIComponent(sig)}`),
      (sig) => `sig=${sig}`,
    );
    fc.assert(
      fc.property(surroundings, base64, forms, ([before, after], signature, form) => {
        const scrubbed = scrub(`${before} ${form(signature)} ${after}`);
        expect(scrubbed).not.toContain(signature);
        expect(scrubbed).not.toContain(encodeURIComponent(signature));
        expect(scrubbed).not.toContain(encodeURIComponent(encodeURIComponent(signature)));
      }),
    );
  });

  test("a bearer token", () => {
    fc.assert(
      fc.property(
        surroundings,
        word,
        fc.constantFrom("Bearer ", "bearer  ", "BEARER\t"),
        ([a, b], token, word) => {
          fc.pre(!a.includes(token) && !b.includes(token));
          expect(scrub(`${a}${word}${token} ${b}`)).not.toContain(token);
        },
      ),
    );
  });

  test("a JSON web token, right behind whatever it may be", () => {
    const token = fc.tuple(word, word, word).map((parts) => `eyJ${parts.join(".")}`);
    fc.assert(
      fc.property(surroundings, token, ([before, after], jwt) => {
        const [head = "", body = "", signature = ""] = jwt.split(".");
        fc.pre(![head, body, signature].some((part) => before.includes(part) || after.includes(part)));
        const scrubbed = scrub(`${before}${jwt} ${after}`);
        for (const part of [jwt, body, signature]) expect(scrubbed).not.toContain(part);
      }),
    );
  });

  test("the secrets of a sign-in, as a form and as JSON, escaped or not", () => {
    const name = fc.constantFrom(
      "client_secret",
      "client_assertion",
      "access_token",
      "refresh_token",
      "AccountKey",
    );
    const form = fc.constantFrom<(name: string, secret: string) => string>(
      (key, secret) => `grant_type=x&${key}=${secret}&scope=y`,
      (key, secret) => JSON.stringify({ [key]: secret, expires_in: 3599 }),
      (key, secret) => JSON.stringify(JSON.stringify({ [key]: secret })),
      (key, secret) => `${key}: ${secret}`,
      (key, secret) => `{ ${key}: '${secret}' }`,
    );
    fc.assert(
      fc.property(surroundings, name, form, word, ([before, after], key, write, secret) => {
        fc.pre(!before.includes(secret) && !after.includes(secret));
        expect(scrub(`${before} ${write(key, secret)} ${after}`)).not.toContain(secret);
      }),
    );
  });
});

test.each([
  "The design=modern of sign=off",
  "Vendor V1: field 'sigma' must be filled in",
  "https://x/y?sv=1&se=2026-01-01&sp=rw",
  "eyJhbGci is the beginning of something",
])("%s has no secret and stays as it is", (text) => {
  expect(scrub(text)).toBe(text);
});

test("what stands around a secret stays readable", () => {
  expect(scrub("GET https://x/y?sv=1&sig=abc%3D&se=2 failed")).toBe(
    "GET https://x/y?sv=1&sig=***&se=2 failed",
  );
  expect(scrub("authorization: Bearer abc.def-ghi, retry")).toBe("authorization: Bearer ***, retry");
});

test("property: scrubbing twice is scrubbing once", () => {
  const parts = fc.constantFrom(
    "?sig=a%2B",
    "&",
    "Bearer ",
    "eyJabcdefgh.b.c",
    "client_secret=",
    "x",
    " ",
    '"',
  );
  fc.assert(
    fc.property(fc.array(parts), (texts) => {
      const once = scrub(texts.join(""));
      expect(scrub(once)).toBe(once);
    }),
  );
});

test("property: a Secret shows nowhere but where it is revealed", () => {
  fc.assert(
    fc.property(word, (value) => {
      const secret = new Secret(value);
      const shown = [
        String(secret),
        secret.toString(),
        JSON.stringify({ secret, list: [secret] }),
        inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
        inspect(secret, { showHidden: true }),
        Object.values(secret).join(),
        JSON.stringify(Object.entries(secret)),
      ];
      expect(shown.join("\n")).not.toContain(value);
      expect(secret.reveal()).toBe(value);
    }),
  );
});
