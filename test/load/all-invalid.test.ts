import { expect, test } from "vitest";
import { runLoad } from "../../src/load/run-load.ts";
import { loadScene } from "./load-scene.ts";

test("every record of an entity is invalid: all are told, nothing of it is sent, the rest is loaded", async () => {
  const here = await loadScene();
  const rows = Array.from({ length: 300 }, (_, index) => `V${index};Nobody;;Net30`);
  here.project.write("data/vendors.csv", ["NO;NAME;GROUP;TERM", ...rows].join("\n"));
  const { summary } = await runLoad(here.options());
  expect(summary).toMatchObject({
    exitCode: 4,
    balanced: true,
    entities: [{ created: 2 }, { entity: "Vendors V2", read: 300, rejectedHere: 300, packaged: 0 }],
    rejections: { total: 300, byStage: { validation: 300 } },
  });
  expect(here.imports()).toBe(1);
});
