import { readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { smallProject } from "../e2e/small-project.ts";
import { loadScene } from "./load-scene.ts";

/** V3 names a payment term F&O does not know; the last one's account number is longer than the field. */
const vendors = `NO;NAME;GROUP;TERM
V1;Müller;LOCAL;Net30
V3;Nobody knows my term;LOCAL;NET99
${"9".repeat(40)};Too long;LOCAL;Net30
`;

describe("the folder of a run", () => {
  test.each(["where it is", "where an earlier version had it"])(
    "has only whole files in rejections/, and a resume finds what came before, %s",
    async (where) => {
      const faults = [{ on: "GetExecutionErrors", times: 3, status: 503 } as const];
      const scene = await loadScene({ faults }, (environments) => smallProject({ vendors, environments }));
      const stopped = await runLoad(scene.options());
      expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-HTTP-TEMPORARY" } });
      const { folder } = stopped;
      const earlier = path.join(folder.rejections, "parts");
      if (where !== "where it is") renameSync(folder.rejectionParts, earlier);
      expect(folder.rejectionParts).toBe(where === "where it is" ? path.join(folder.path, "work") : earlier);

      const { summary } = await resumeLoad(scene.options(), undefined);
      expect(summary).toMatchObject({
        exitCode: 4,
        balanced: true,
        rejections: { total: 2, byStage: { validation: 1, target: 1 } },
      });
      expect(readdirSync(folder.rejections).filter((name) => name !== "parts")).toEqual([
        "from-environment",
        "rejections.ndjson",
        "vendors-v2.rejected.csv",
      ]);
    },
  );
});
