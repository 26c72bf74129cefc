import { describe, expect, test } from "vitest";
import { trendSection } from "../../../src/rejection/trend/trend-section.ts";
import { OwnerTally, TrendTally, type TrendSummary } from "../../../src/rejection/trend/trend-summary.ts";
import { settledWords } from "../../../src/rejection/trend/trend-words.ts";

const since = { run: "20261120-0400-aaaa", finishedAt: "2026-11-20T04:00:00.000Z" };

function trend(changes: Partial<TrendSummary> = {}): TrendSummary {
  const tally = new TrendTally();
  const vendors = { entity: "Vendors <V2>", legalEntity: "USMF" };
  tally.add(vendors, "new", 2);
  tally.add(vendors, "changed");
  tally.add(vendors, "known", 35);
  tally.add(vendors, "backAgain");
  tally.add(vendors, "fixed", 9);
  tally.add(vendors, "gone", 4);
  tally.add({ entity: "Customers V3", legalEntity: "" }, "known", 5);
  tally.add({ entity: "Customers V3", legalEntity: "DEMF" }, "known", 6);
  const owners = new OwnerTally();
  owners.add("Finance", { standing: "known", since: "2026-11-01" });
  owners.add("Finance", { standing: "known", since: "2026-10-30" });
  owners.add("Finance", { standing: "new" });
  owners.add("Unassigned", { standing: "new" });
  return {
    since,
    records: tally.all(),
    reasons: { new: 3, known: 46, backAgain: 1, settled: 13 },
    entities: tally.entities(),
    owners: owners.all(),
    ...changes,
  };
}

const textOf = (of: TrendSummary | undefined): string =>
  trendSection(of)
    .text.replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");

test("nothing is said where there is no run to compare with", () => {
  const { records, reasons, entities, owners } = trend();
  const alone = { records, reasons, entities, owners };
  expect([trendSection(undefined).text, trendSection(alone).text]).toEqual(["", ""]);
});

describe("the section says", () => {
  test("what is rejected now, and what became of the rest, in sums that hold", () => {
    const text = textOf(trend());
    expect(text).toContain(
      "60 open before = 46 known + 1 for another reason + 9 fixed + 4 no longer in the extract",
    );
    expect(text).toContain("50 open now = 46 known + 1 for another reason + 2 new + 1 back again");
    expect(text).not.toContain("could not be looked at");
  });

  test("which entities changed, the others in one row, without columns of zeros", () => {
    const text = textOf(trend());
    expect(text).toContain("Vendors &lt;V2&gt; USMF 49 2 1 9 4 39 35 1");
    expect(text).toContain("2 others nothing changed 11 0 0 0 0 11 11 0");
    expect(text).not.toContain("not looked at");
  });

  test("whose they are and since when, where somebody is named", () => {
    expect(textOf(trend())).toContain("Finance 3 1 30 Oct 2026 Unassigned 1 1 this run");
    expect(textOf(trend({ owners: [{ owner: "Unassigned", records: 4, toLookAt: 1 }] }))).not.toContain(
      "Whose they are",
    );
  });

  test("how many could not be looked at", () => {
    const tally = new TrendTally();
    tally.add({ entity: "Vendors V2", legalEntity: "USMF" }, "notSeen", 1200);
    const records = tally.all();
    const text = textOf(trend({ records, entities: tally.entities(), owners: [] }));
    expect(text).toContain("1,200 open before = 1,200 not looked at by this run 1,200 open now");
    expect(text).toContain("1,200 records open before could not be looked at: the entity was not read");
    expect(settledWords(records)).toBe("1,200 not looked at by this run");
  });
});
