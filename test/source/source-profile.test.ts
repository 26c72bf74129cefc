import { expect, test } from "vitest";
import { reason } from "../../src/errors/reason.ts";
import { SourceProfiles } from "../../src/source/source-profile.ts";
import type { SourceItem } from "../../src/source/source-record.ts";

const position = { file: "vendors.csv", line: 2, record: 1, byteOffset: 10, byteLength: 5 };
const record = (...values: string[]): SourceItem => ({ kind: "record", position, values });
const unreadable: SourceItem = { kind: "unreadable", position, reasons: [reason("DMFP-ROW-QUOTE")] };

test("unreadable records are counted, and are in no column", () => {
  const profiles = new SourceProfiles();
  const file = profiles.begin("Vendors V2", "vendors.csv", ["A"]);
  for (const item of [record("x"), unreadable, record("")]) file?.add(item);
  file?.end();
  expect(profiles.all()).toMatchObject([
    {
      file: "vendors.csv",
      entities: ["Vendors V2"],
      records: 3,
      unreadable: 1,
      columns: [{ records: 2, filled: 1 }],
    },
  ]);
});

test("a file that feeds two entities is profiled once, unless they read other columns of it", () => {
  const profiles = new SourceProfiles();
  const first = profiles.begin("Vendors V2", "vendors.csv", ["A", "B"]);
  first?.add(record("x", "y"));
  first?.end();
  expect(profiles.begin("Vendor bank accounts", "vendors.csv", ["A", "B"])).toBeUndefined();
  profiles.begin("Vendor groups", "vendors.csv", ["A"])?.end();
  expect(profiles.all().map(({ entities, records }) => [entities, records])).toEqual([
    [["Vendors V2", "Vendor bank accounts"], 1],
    [["Vendor groups"], 0],
  ]);
});

test("a file that was not read to its end has no profile", () => {
  const profiles = new SourceProfiles();
  profiles.begin("Vendors V2", "vendors.csv", ["A"])?.add(record("x"));
  expect(profiles.all()).toEqual([]);
});

test("of a large file some records are looked at, and the profile says of how many it is; all where all are wanted", () => {
  const profilesOf = (options: { readonly everyRecord?: boolean }) => {
    const profiles = new SourceProfiles(options);
    const file = profiles.begin("Vendors V2", "vendors.csv", ["A"]);
    for (let number = 1; number <= 10_000 + 320; number++) file?.add(record(String(number)));
    file?.add(unreadable);
    file?.end();
    return profiles.all()[0];
  };
  expect(profilesOf({})).toMatchObject({
    records: 10_321,
    unreadable: 1,
    sampled: 10_005,
    columns: [{ records: 10_005, filled: 10_005 }],
  });
  const whole = profilesOf({ everyRecord: true });
  expect(whole).toMatchObject({ records: 10_321, columns: [{ records: 10_320 }] });
  expect(whole).not.toHaveProperty("sampled");
});
