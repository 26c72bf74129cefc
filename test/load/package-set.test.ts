import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { planLoad } from "../../src/load/load-plan.ts";
import type { PackagedVerdict } from "../../src/load/packing/open-package.ts";
import { PackageSet } from "../../src/load/packing/package-set.ts";
import { RunFolder } from "../../src/load/run-folder.ts";
import { readProject } from "../../src/project/project.ts";
import { folderWith } from "../project/temporary-project.ts";

/** Packages of one record each. */
async function packageSet(): Promise<{ readonly packages: PackageSet; readonly folder: RunFolder }> {
  const root = folderWith({
    "mappings/project.yaml":
      "project: small\nentities: [m.yaml]\nenvironments:\n  sandbox: { kind: sandbox }\n",
    "mappings/m.yaml":
      "entity: Vendor groups\nsource: { file: g.csv }\nlegalEntity: USMF\nfields:\n  VENDORGROUPID: ID\npackage: { records: 1 }\n",
    "g.csv": "ID\n1\n",
  });
  const project = readProject("mappings/project.yaml", root);
  const [planned] = await planLoad(project, EntityCatalogue.builtIn());
  if (planned === undefined) throw new Error("the project has an entity");
  const folder = new RunFolder(root, "run-1");
  const packages = new PackageSet({
    project,
    run: "run-1",
    folder,
    writes: undefined,
    write: true,
    log: () => undefined,
  });
  packages.beginEntity(planned);
  return { packages, folder };
}

function record(number: number): PackagedVerdict {
  const position = { file: "g.csv", line: number + 1, record: number, byteOffset: 0, byteLength: 1 };
  return { kind: "packaged", legalEntity: "USMF", position, values: [String(number)] };
}

const key = (part: number): string => `001-vendor-groups-usmf-${String(part).padStart(3, "0")}`;

test("packages that are completed while the next are filled come in their order, whole", async () => {
  const { packages, folder } = await packageSet();
  for (let number = 1; number <= 12; number++) await packages.add(record(number), 0);
  await packages.endEntity();
  const built = await packages.close();
  expect(built.map((pack) => [pack.key, pack.position])).toEqual(
    Array.from({ length: 12 }, (_, index) => [key(index + 1), index + 1]),
  );
  expect(readdirSync(folder.packages).filter((name) => name.endsWith(".partial"))).toEqual([]);
});

test("a package that cannot be completed ends the build, and nothing half-written is left", async () => {
  const { packages, folder } = await packageSet();
  // A folder of that name is in the way when the second package gets its name.
  mkdirSync(path.join(folder.packageFile(key(2)), "in the way"), { recursive: true });
  const building = async (): Promise<void> => {
    for (let number = 1; number <= 12; number++) await packages.add(record(number), 0);
    await packages.endEntity();
  };
  await expect(building()).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
  await packages.abort();
  expect(readdirSync(folder.packages).filter((name) => name.endsWith(".partial"))).toEqual([]);
});
