import { expect, test } from "vitest";
import type { JobDetail } from "../../src/environment/job-details.ts";
import { connectionTo, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { reply, scriptedServer } from "./scripted-server.ts";

const row = {
  JobId: "Our-Id",
  EntityName: "Vendors V2",
  DefinitionGroupId: "Our project",
  StagingStatus: "Finished",
  TargetStatus: "Error",
  StagingRecordsToBeProcessedCount: 10,
  StagingRecordsCreatedCount: 9,
  TargetRecordsCreatedCount: 4,
  TargetRecordsUpdatedCount: 3,
};
const token = reply(200, { access_token: "t", expires_in: 3600 });

async function detailsFrom(body: unknown, status = 200, id = "Our-Id"): Promise<readonly JobDetail[]> {
  const server = await scriptedServer(token, reply(status, body));
  return await environmentFor(connectionTo(server.url)).jobDetails(id);
}

test("the counts of the entities of one execution, and of no other", async () => {
  const other = { ...row, JobId: "another", EntityName: "Other" };
  expect(await detailsFrom({ value: [other, row] })).toEqual([
    {
      entity: "Vendors V2",
      dataProject: "Our project",
      stagingStatus: "Finished",
      targetStatus: "Error",
      toBeStaged: 10,
      staged: 9,
      created: 4,
      updated: 3,
    },
  ]);
});

test("an id is the same in capitals, as it is for SQL Server", async () => {
  expect(await detailsFrom({ value: [row] }, 200, "our-id")).toHaveLength(1);
});

test("numbers as texts, missing numbers and missing statuses are understood", async () => {
  const { JobId, EntityName } = row;
  const [detail] = await detailsFrom({ value: [{ JobId, EntityName, TargetRecordsCreatedCount: "12" }] });
  expect(detail).toMatchObject({ created: 12, updated: 0, staged: 0, stagingStatus: "" });
});

test("the id is quoted and encoded in the filter", async () => {
  const server = await scriptedServer(token, reply(200, { value: [] }));
  await environmentFor(connectionTo(server.url)).jobDetails("it's & more");
  const { searchParams } = new URL(server.received[1]?.path ?? "", server.url);
  expect(searchParams.get("$filter")).toBe("JobId eq 'it''s & more'");
});

test.each<[string, unknown, number]>([
  ["a refusal", { error: { message: "No such set." } }, 404],
  ["another shape", { value: [{ Id: 1 }] }, 200],
])("%s is an error, never zero records", async (_name, body, status) => {
  expect((await failureOf(detailsFrom(body, status))).code).toBe("DMFP-HTTP-ANSWER");
});
