import fc from "fast-check";
import { expect, test } from "vitest";
import { besideEachOther } from "../../../src/load/trend/record-walk.ts";
import { fingerprintBytes, recordBytes } from "../../../src/rejection/trend/fingerprint.ts";

/** Few enough records and reasons for both lists to have some of the same. */
const fingerprints = fc
  .uniqueArray(fc.tuple(fc.constantFrom(0, 1, 2, 254, 255), fc.nat({ max: 3 }), fc.nat({ max: 3 })), {
    selector: (parts) => parts.join(" "),
  })
  .map((all) =>
    all
      .map(([first, last, own]) => {
        const fingerprint = new Uint8Array(fingerprintBytes);
        fingerprint[0] = first;
        fingerprint[recordBytes - 1] = last;
        fingerprint[recordBytes] = own;
        return { fingerprint };
      })
      .sort((a, b) => Buffer.compare(a.fingerprint, b.fingerprint)),
  );

const recordOf = (fingerprint: Uint8Array): string =>
  Buffer.from(fingerprint).subarray(0, recordBytes).toString("hex");

test("every record of the first list comes once, with what the second has of it", () => {
  fc.assert(
    fc.property(fingerprints, fingerprints, (list, other) => {
      const model = [...Map.groupBy(list, ({ fingerprint }) => recordOf(fingerprint))].map(
        ([record, reasons]) => ({
          record,
          reasons,
          others: other.filter(({ fingerprint }) => recordOf(fingerprint) === record),
        }),
      );
      const walked = [...besideEachOther(list, other)].map(({ record, reasons, others }) => {
        return { record: recordOf(record), reasons: [...reasons], others: [...others] };
      });
      expect(walked).toEqual(model);
    }),
  );
});

test("lets go of the second list when nobody walks on", () => {
  const reasons = [1, 2, 3].map((first) => ({
    fingerprint: Uint8Array.from({ length: fingerprintBytes }, () => first),
  }));
  let left = false;
  function* watched(): Generator<(typeof reasons)[number]> {
    try {
      yield* reasons;
    } finally {
      left = true;
    }
  }
  const walk = besideEachOther(reasons, watched());
  walk.next();
  walk.return(undefined);
  expect(left).toBe(true);
});
