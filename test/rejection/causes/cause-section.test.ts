import { describe, expect, test } from "vitest";
import { causeLines, noiseLines } from "../../../src/cli/cause-text.ts";
import { causesText, classesText } from "../../../src/cli/rejections-by.ts";
import { reason, type Reason } from "../../../src/errors/reason.ts";
import type { CauseOverview } from "../../../src/rejection/causes/cause.ts";
import { causeSection } from "../../../src/rejection/report/cause-section.ts";
import { ReasonGroups } from "../../../src/rejection/report/reason-groups.ts";
import { reasonSection } from "../../../src/rejection/report/reason-section.ts";
import { lookupReason, runSummary, vendorRejection } from "../report-fixture.ts";

const overview: CauseOverview = {
  total: 2_004,
  own: 162,
  groups: [
    { kind: "missing", entity: "Customer groups", causes: 3, records: 1_840 },
    { kind: "rejected", entity: "Vendors V2", causes: 1, records: 2 },
  ],
  top: [
    {
      kind: "missing",
      entity: "Customer groups",
      legalEntity: "USMF",
      key: "30",
      records: 1_500,
      direct: 900,
      entities: [{ entity: "Customers V3", records: 1_500 }],
    },
    {
      kind: "missing",
      entity: "Customer groups",
      legalEntity: "USMF",
      key: "<b>40",
      records: 300,
      direct: 300,
      entities: [{ entity: "Customers V3", records: 300 }],
    },
    {
      kind: "rejected",
      entity: "Vendors V2",
      legalEntity: "DEMF",
      key: "V7",
      records: 2,
      direct: 1,
      entities: [{ entity: "Vendors V2", records: 2 }],
      reason: { code: "DMFP-FNO-MANDATORY", message: "Field 'Name' must be filled in", fix: "Fill in NAME." },
      file: "vendors.csv",
      line: 12,
    },
  ],
  others: { causes: 1, records: 40 },
  unfollowed: 0,
};

describe("causes in words", () => {
  test("below the counts: a few lines, and nothing where there is nothing to say", () => {
    expect(causeLines(overview)).toEqual([
      "  causes:     1,842 of 2,004 rejected records go back to 4 causes",
      "    1,840 to 3 records of Customer groups that are missing: neither in F&O nor loaded here (USMF 30, USMF <b>40 and 1 more)",
      "    2 to 1 record of Vendors V2 that was rejected itself (DEMF V7)",
    ]);
    expect(causeLines(undefined)).toEqual([]);
    expect(noiseLines(1)).toEqual([
      "  noise:      1 message of F&O that mappings/messages.yaml declares to be harmless",
    ]);
    expect(noiseLines()).toEqual([]);
  });

  test("as a list whose numbers add up", () => {
    const text = causesText(overview);
    expect(text).toContain("2    DEMF V7  vendors.csv:12\n");
    expect(text).toMatch(/40 {2}go back to 1 causes? that/);
    expect(text).toMatch(/162 {2}with a reason of their own\n +2,004 {2}in all$/);
    expect(causesText({ ...overview, own: 2_004, groups: [], top: [] })).toBe(
      "Each of the 2,004 rejected records has a reason of its own.",
    );
  });

  test("in the report: causes with their consequences, escaped; nothing without causes", () => {
    const { text } = causeSection(overview);
    expect(text).toContain("1,842 of 2,004 rejected records go back to 4 causes");
    expect(text.replaceAll(/\s+/g, " ")).toContain("900 directly, 600 through others; Customers V3 (1,500)");
    expect(text).toContain("&lt;b&gt;40");
    expect(text).toContain("1,840 + 2 + 162 (the last with a reason of their own) = 2,004.");
    expect(causeSection({ ...overview, groups: [] }).text).toBe("");
    expect(causeSection(undefined).text).toBe("");
    expect(causeSection({ ...overview, unfollowed: 7 }).text).toContain(
      "7 rejected records came after the bound",
    );
  });
});

describe("reasons as a tree", () => {
  const groups = new ReasonGroups();
  const term = (value: string): Reason =>
    reason("DMFP-FNO-REFERENCE", {
      field: "TERM",
      value,
      message: `The value '${value}' in field 'Term' is not found in the related table 'Terms'`,
    });
  for (let line = 1; line <= 12; line++)
    groups.add(vendorRejection(line, { reasons: [term(`N${line}`), lookupReason("A")] }));
  groups.add(vendorRejection(13, { reasons: [lookupReason("A")] }));

  test("class, message, values: each with its count, and how many are not shown", () => {
    const classes = groups.classes();
    expect(classes.map(({ code, records, leading }) => [code, records, leading])).toEqual([
      ["DMFP-MAP-LOOKUP", 13, 1],
      ["DMFP-FNO-REFERENCE", 12, 12],
    ]);
    const text = classesText(classes);
    expect(text).toContain(
      "       12  DMFP-FNO-REFERENCE  F&O does not know something the record refers to.\n",
    );
    expect(text).toContain(
      "       12    TERM: The value ‹…› in field ‹…› is not found in the related table ‹…›\n",
    );
    expect(text).toMatch(/N1 \(1\), .*and 4 others/);
  });

  test("in the report every message can show its rows", () => {
    const plain = runSummary();
    const summary = { ...plain, rejections: { ...plain.rejections, total: 13 } };
    const { text } = reasonSection(groups.classes(), summary);
    expect(text).toContain('data-group="0"');
    expect(text).toContain('data-group="1"');
    expect(text).toContain("and 4 others");
  });
});
