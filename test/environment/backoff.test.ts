import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../src/environment/backoff.ts";

const settings = { attempts: 6, firstPauseMs: 500, longestPauseMs: 30_000 };

test("property: pauses double up to the longest, with up to half of each taken off", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (attempt) => {
      const ms = backoffMs(attempt, settings);
      // From the last attempt on only patience goes on: no pause is shorter than the longest.
      const full = attempt < settings.attempts ? 500 * 2 ** (attempt - 1) : 30_000;
      expect(ms).toBeLessThanOrEqual(full);
      expect(ms).toBeGreaterThanOrEqual(attempt < settings.attempts ? full / 2 : full);
    }),
  );
});

test("property: what the server asks for is waited for whole, however long, and up to a tenth more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(100_000_000), (attempt, askedMs) => {
      const ms = backoffMs(attempt, settings, askedMs);
      expect(ms).toBeGreaterThanOrEqual(askedMs);
      expect(ms).toBeLessThanOrEqual(askedMs * 1.1);
    }),
  );
});

test("clients that were refused together do not come back together", () => {
  const times = new Set(Array.from({ length: 50 }, () => backoffMs(1, settings, 60_000)));
  expect(times.size).toBeGreaterThan(40);
});
