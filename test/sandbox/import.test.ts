import { expect, test } from "vitest";
import { buildPackage } from "./package-builder.ts";
import { sandboxForTest } from "./sandbox-client.ts";

const vendorGroups = {
  label: "Vendor groups",
  file: "Vendor groups.csv",
  rows: [
    ["VENDORGROUPID", "DESCRIPTION"],
    ["10", "Trade"],
    ["20", 'Services, and "other"'],
  ],
};

test("a package is staged, written and can be read back", async () => {
  const client = await sandboxForTest();
  const { id, status } = await client.load(await buildPackage(vendorGroups));
  expect(status).toBe("Succeeded");
  expect(await client.details(id)).toEqual([
    expect.objectContaining({
      DefinitionGroupId: expect.stringMatching(/^project-/) as string,
      JobId: id,
      EntityName: "Vendor groups",
      StagingStatus: "Finished",
      TargetStatus: "Finished",
      StagingRecordsToBeProcessedCount: 2,
      StagingRecordsCreatedCount: 2,
      TargetRecordsCreatedCount: 2,
      TargetRecordsUpdatedCount: 0,
    }),
  ]);
  const rows = await client.rows("/data/VendorGroups?cross-company=true&$filter=dataAreaId eq 'usmf'");
  expect(rows.map((row) => row["Description"])).toEqual(["Trade", 'Services, and "other"']);
  expect(await client.errors(id)).toEqual([]);
});
