import path from "node:path";
import { expect, test } from "vitest";
import { flowSection } from "../../src/rejection/report/flow-section.ts";
import { WorkbookCensus } from "../../src/rejection/workbook/workbook-census.ts";
import { writeWorkbook } from "../../src/rejection/workbook/write-workbook.ts";
import { entitySummary, runSummary, stream, temporaryFolder, vendorRejection } from "./report-fixture.ts";
import { allTexts, readWorkbook, sheetOf } from "./workbook/workbook-reading.ts";

const counts = { read: 10, packaged: 10, staged: 7, rejectedStaging: 1, unprocessed: 9 };

function dryRun(changes: Partial<typeof counts> = {}) {
  return runSummary(
    { stagingOnly: true, entities: [entitySummary({ ...counts, ...changes })] },
    { staging: 1 },
  );
}

/** What a reader sees of a section. */
function visible(summary: ReturnType<typeof runSummary>): string {
  const text = flowSection(summary, true).text.replaceAll(/<[^>]*>/g, " ");
  return text.replaceAll(/\s+/g, " ");
}

test("what reached staging is not called unprocessed in a dry run that was to go no further", () => {
  const shown = visible(dryRun());
  expect(shown).toContain(
    "10 sent to F&amp;O = 7 staged, not loaded into the target + 1 refused in staging + 0 refused in target + 2 not processed",
  );
  expect(shown).toContain("Sent = staged + refused + not processed");
  expect(shown).not.toContain("Created");
  expect(visible(runSummary({ entities: [entitySummary(counts)] }))).not.toContain(
    "not loaded into the target",
  );
});

test("a row that does not add up says so in the same words", () => {
  const shown = visible(
    runSummary({
      stagingOnly: true,
      entities: [entitySummary({ ...counts, unprocessed: 8, balanced: false })],
    }),
  );
  expect(shown).toContain("10 records sent, but 7 staged, not loaded into the target + 0 created + ");
  expect(shown).toContain("+ 1 not processed = 9: 1 record cannot be accounted for.");
});

test("the workbook has the same columns", async () => {
  const rejection = vendorRejection(1, { stage: "staging" });
  const census = new WorkbookCensus({ layoutOf: () => ({ columns: ["LIFNR", "NAME1", "KTOKK", "KLIMK"] }) });
  census.add(rejection);
  const file = path.join(temporaryFolder(), "report.xlsx");
  await writeWorkbook({ file, summary: dryRun(), census, rejections: () => stream([rejection]) });
  const texts = allTexts(sheetOf(await readWorkbook(file), "Summary"));
  expect(texts).toContain(
    "packaged = refused in staging + staged, not loaded into the target + refused in target + not processed",
  );
  expect(texts).toContain("Vendors V2\tDEMF\t10\t0\t0\t10\t1\t7\t0\t2\tyes");
});
