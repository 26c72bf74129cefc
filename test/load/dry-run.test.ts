import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { vendorsMapping } from "../e2e/small-project.ts";
import { failureOf } from "../environment/failure.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { countsTable } from "../../src/cli/run-text.ts";
import { loadScene } from "./load-scene.ts";
import { resubmit } from "./resubmit/resubmit-scene.ts";

/** Vendor V2 has a name that does not fit into F&O's staging table; V3 a term that only the target would refuse. */
const vendors = "NO;NAME;GROUP;TERM\nV1;Ann;LOCAL;Net30\nV2;Bartholomew;ABROAD;Net10\nV3;Cy;LOCAL;NET99\n";
const setup = { fieldSizes: { "Vendors V2": { VENDORORGANIZATIONNAME: 5 } } };

test("a dry run goes as far as staging: nothing is written, what staging refuses is told, a load follows", async () => {
  const here = await loadScene({}, undefined, {}, setup);
  here.project.write("data/vendors.csv", vendors);
  const client = new SandboxClient(here.sandbox);
  const rows = async () => await client.rows("/data/VendorGroups?cross-company=true");
  const before = await rows();
  const { summary, resumable, folder } = await runLoad(here.options({ stagingOnly: true }));
  expect(summary).toMatchObject({
    status: "finished with rejections",
    exitCode: 4,
    stagingOnly: true,
    balanced: true,
    entities: [
      { packaged: 2, staged: 2, created: 0, updated: 0, unprocessed: 2 },
      { packaged: 3, staged: 2, rejectedStaging: 1, rejectedTarget: 0, created: 0, unprocessed: 2 },
    ],
    rejections: { total: 1, byStage: { staging: 1 } },
  });
  expect(resumable).toBe(false);
  expect(readFileSync(path.join(folder.rejections, "vendors-v2.rejected.csv"), "utf8")).toContain(
    "\r\nV2;Bartholomew;ABROAD;Net10;staging;",
  );
  const report = readFileSync(folder.reportFile, "utf8");
  expect(report).toContain("Dry run into staging");
  expect(report).toContain('>4</b> <i class="swatch updated"></i>staged, not loaded into the target</span>');
  expect(report).not.toContain(">Created</th>");
  const table = countsTable(summary).replaceAll(/ {2,}/g, " | ").split("\n");
  expect(table[0]).toBe("entity | company | read | left out | rejected | staged, not loaded | not processed");
  expect(table.at(-1)).toBe("total | 5 | 0 | 1 | 4 | 0");
  expect(await rows()).toEqual(before);
  // Its times are not those of a load.
  const ledger = Ledger.open(ledgerFile(here.project.root), systemClock);
  expect(ledger.times.latest("uat")).toEqual([]);
  ledger.close();
  // What a dry run rejected was never meant to be loaded: it is no load whose rejections could be loaded by themselves.
  expect(await failureOf(resubmit(here))).toMatchObject({ code: "DMFP-NOTHING-TO-DO" });
  const named = await failureOf(resubmit(here, [], { run: summary.run }));
  expect(named.message).toBe(`Run ${summary.run} is a load --dry-run: it loaded nothing.`);
  const load = await runLoad(here.options());
  expect(load.summary.entities).toMatchObject([
    { created: 2 },
    { created: 1, rejectedStaging: 1, rejectedTarget: 1 },
  ]);
});

test("one in which all goes well succeeds, and one that was interrupted is resumed as what it is", async () => {
  const here = await loadScene({ faults: [{ on: "ImportFromPackage", nth: 2, times: 3, status: 429 }] });
  const stopped = await runLoad(here.options({ stagingOnly: true }));
  expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-HTTP-TEMPORARY" } });
  const { summary } = await resumeLoad(here.options(), undefined);
  expect(summary).toMatchObject({ status: "succeeded", exitCode: 0, stagingOnly: true, balanced: true });
  expect(summary.entities).toMatchObject([{ created: 0 }, { staged: 3, created: 0, updated: 0 }]);
});

test("an entity that is loaded without staging cannot be tried out like that: it is refused, nothing is sent", async () => {
  const here = await loadScene();
  here.project.write("mappings/vendors.yaml", `${vendorsMapping}package: { skipStaging: true }\n`);
  const error = await failureOf(runLoad(here.options({ stagingOnly: true })));
  expect(error).toMatchObject({ code: "DMFP-USAGE" });
  expect(error.message).toContain("these entities are loaded without them: Vendors V2.");
  expect(here.imports()).toBe(0);
});
