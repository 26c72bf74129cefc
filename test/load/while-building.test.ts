import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { SendingOptions } from "../../src/load/load-options.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import type { RunSummary } from "../../src/rejection/summary.ts";
import { smallProject, vendorsMapping, vendorsWithOneRefused } from "../e2e/small-project.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { loadScene, type LoadScene } from "./load-scene.ts";

/** So little room that the second entity is read when the first one is over, and not before. */
const noRoom = { diskLimit: "0.000001 MB" };
const groupsPackage = "001-vendor-groups-usmf-001";

async function scene(packages: Readonly<Record<string, unknown>> = noRoom, limits = {}): Promise<LoadScene> {
  return await loadScene({}, (environments) =>
    smallProject({ environments, packages, limits, vendors: vendorsWithOneRefused }),
  );
}

const early = { sending: "whileBuilding" } as const satisfies Partial<SendingOptions>;

async function rowsOf({ sandbox }: LoadScene): Promise<readonly unknown[]> {
  const client = new SandboxClient(sandbox);
  const rows = [...(await client.rows("/data/VendorGroups")), ...(await client.rows("/data/VendorsV2"))];
  // The tag of a version is made of when the record was written.
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== "@odata.etag")),
  );
}

function comparable({ entities, packages, rejections, exitCode, balanced }: RunSummary): unknown {
  const built = packages.map(({ key, records, sha256, status }) => ({ key, records, sha256, status }));
  return { entities, packages: built, rejections, exitCode, balanced };
}

/** Steps in the order they happened: `read Vendors V2`, `001-…: done`. */
function story({ events }: LoadScene): readonly string[] {
  return events.flatMap((event) => {
    if (event.kind === "reading" && event.records === 0 && !event.finished)
      return [`reading ${event.entity}`];
    return event.kind === "package" ? [`${event.package}: ${event.state}`] : [];
  });
}

test("the packages of an entity are sent while the next is read, and all ends as ever", async () => {
  const quiet = await scene();
  const undisturbed = await runLoad(quiet.options());
  expect(undisturbed.summary.exitCode).toBe(4);
  expect(story(quiet).indexOf("reading Vendors V2")).toBeLessThan(
    story(quiet).indexOf(`${groupsPackage}: uploaded`),
  );

  const overlapping = await scene({ ...noRoom, keepDone: false });
  const result = await runLoad(overlapping.options(early));
  expect(comparable(result.summary)).toEqual(comparable(undisturbed.summary));
  expect(await rowsOf(overlapping)).toEqual(await rowsOf(quiet));
  const steps = story(overlapping);
  expect(steps.indexOf(`${groupsPackage}: done`)).toBeLessThan(steps.indexOf("reading Vendors V2"));
  // Removed as soon as it was over; where its rows are from is still known.
  expect(existsSync(result.folder.packageFile(groupsPackage))).toBe(false);
  expect(existsSync(result.folder.rowIndexFile(groupsPackage, 1))).toBe(true);
  expect(existsSync(undisturbed.folder.packageFile(groupsPackage))).toBe(true);
});

test("interrupted while an entity is read, it is resumed there: what was sent is not sent again", async () => {
  const quiet = await scene();
  const undisturbed = await runLoad(quiet.options());
  const here = await scene();
  const stop = new AbortController();
  const first = await runLoad(
    here.options({
      ...early,
      signal: stop.signal,
      listener: (event) => {
        if (event.kind === "reading" && event.entity === "Vendors V2") stop.abort();
      },
    }),
  );
  expect(first).toMatchObject({ resumable: true, summary: { exitCode: 8, balanced: true } });
  expect(first.summary.packages).toMatchObject([{ key: groupsPackage, status: "done" }]);
  expect(here.imports()).toBe(1);

  // Not told again: the choice is the run's.
  const { summary } = await resumeLoad(here.options(), undefined);
  expect(comparable(summary)).toEqual(comparable(undisturbed.summary));
  expect(await rowsOf(here)).toEqual(await rowsOf(quiet));
  expect(here.imports()).toBe(2);
  expect(story(here).filter((step) => step === "reading Vendor groups")).toHaveLength(0);
});

test("an error budget passed later stops the rest, and the message says what was sent before", async () => {
  const here = await scene(noRoom, { rejections: 0 });
  const lines = ["NO;NAME;GROUP;TERM", "V1;Good;LOCAL;Net30", ";No number;LOCAL;Net30", ""];
  here.project.write("data/vendors.csv", lines.join("\n"));
  const result = await runLoad(here.options(early));
  expect(result).toMatchObject({ resumable: false, summary: { exitCode: 12, balanced: true } });
  expect(result.error?.message).toBe(
    `1 of 4 records was rejected; limits.rejections allows 0. Sent before: ${groupsPackage}. In F&O by this run: 2 records of Vendor groups. Not sent: 1 package with 1 record.`,
  );
  expect(result.summary.entities).toMatchObject([
    { entity: "Vendor groups", created: 2, unprocessed: 0 },
    { entity: "Vendors V2", read: 2, rejectedHere: 1, packaged: 1, unprocessed: 1 },
  ]);
  expect(here.imports()).toBe(1);
});

test("an entity that cannot be read to its end is not sent, what came before it is seen through", async () => {
  const here = await scene();
  const lines = ["NO;NAME;GROUP;TERM", "V1;Good;LOCAL;Net30", "V2;Elsewhere;FRMF;Net30", ""];
  here.project.write("data/vendors.csv", lines.join("\n"));
  here.project.write(
    "mappings/vendors.yaml",
    vendorsMapping.replace("legalEntity: USMF", 'legalEntity: GROUP | map("LOCAL" -> USMF, "FRMF" -> FRMF)'),
  );
  const result = await runLoad(here.options(early));
  expect(result).toMatchObject({ resumable: false, error: { code: "DMFP-COMPANY-NOT-WRITABLE" } });
  expect(result.error?.message).toContain(`Sent before: ${groupsPackage}.`);
  expect(result.summary).toMatchObject({ exitCode: 2, balanced: true });
  expect(result.summary.entities).toMatchObject([{ entity: "Vendor groups", created: 2 }]);
  expect(path.basename(result.folder.path)).toBe(result.summary.run);
});
