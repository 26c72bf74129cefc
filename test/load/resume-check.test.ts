import { appendFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { failureOf } from "../environment/failure.ts";
import { loadScene } from "./load-scene.ts";

test("resume is refused when the source, project.yaml or dmfpipe's version is another one, and says which", async () => {
  const here = await loadScene({ faults: [{ on: "GetAzureWriteUrl", times: 3, status: 503 }] });
  const stopped = await runLoad(here.options());
  expect(stopped.resumable).toBe(true);
  const newer = await failureOf(resumeLoad(here.options({ version: "9.9.9" }), undefined));
  expect(newer).toMatchObject({ code: "DMFP-RUN-CHANGED" });
  expect(newer.message).toContain("these changed: dmfpipe's version. In F&O by this run: nothing.");
  for (const name of ["data/vendors.csv", "mappings/project.yaml"])
    appendFileSync(path.join(here.project.root, name), "\n");
  const changed = await failureOf(resumeLoad(here.options(), undefined));
  expect(changed.message).toContain("these changed: data/vendors.csv, mappings/project.yaml.");
  expect(changed.next).toContain(`dmfpipe abandon ${stopped.summary.run}`);
  expect(here.imports()).toBe(0);
});
