import fc from "fast-check";
import { expect, test } from "vitest";
import { executionId, packageKey } from "../../src/sequence/package-key.ts";
import { defaultPackageLimits, isFull } from "../../src/sequence/split.ts";

test.each([
  [{ position: 2, entity: "Vendors V2", legalEntity: "USMF", part: 1 }, "002-vendors-v2-usmf-001"],
  [{ position: 11, entity: "Country/regions", legalEntity: "DAT", part: 12 }, "011-country-regions-dat-012"],
  [{ position: 1, entity: "Schlüssel (neu)", legalEntity: "US01", part: 1 }, "001-schlussel-neu-us01-001"],
  [{ position: 1, entity: "供应商", legalEntity: "USMF", part: 1000 }, "001-entity-usmf-1000"],
])("%j is %s", (options, key) => {
  expect(packageKey(options)).toBe(key);
});

const sha256 = "d6909e1150d30b68b16aebad243a1d3d379c23668355578c096f6972c6df2a83";

test("an execution id names project and run, and depends on the content", () => {
  const id = executionId({
    project: "Vendor master",
    run: "20261123-034700-a1b2",
    packageKey: "k",
    packageSha256: sha256,
  });
  expect(id).toMatch(/^Vendor-master-20261123-034700-a1b2-[0-9a-f]{16}$/);
  expect(
    executionId({
      project: "Vendor master",
      run: "20261123-034700-a1b2",
      packageKey: "k",
      packageSha256: sha256,
    }),
  ).toBe(id);
  const other = sha256.replace("d", "e");
  expect(
    executionId({
      project: "Vendor master",
      run: "20261123-034700-a1b2",
      packageKey: "k",
      packageSha256: other,
    }),
  ).not.toBe(id);
});

test("two packages of one content in one run have ids of their own", () => {
  const [a, b] = ["001-part-001", "001-part-002"].map((key) =>
    executionId({ project: "p", run: "run", packageKey: key, packageSha256: sha256 }),
  );
  expect(a).not.toBe(b);
});

test("an execution id stays near the length of the environment's own ids", () => {
  const id = executionId({
    project: "p".repeat(60),
    run: "20261123-034700-a1b2",
    packageKey: "k",
    packageSha256: sha256,
  });
  expect(id.startsWith(`${"p".repeat(30)}-2026`)).toBe(true);
  expect(id.length).toBeLessThanOrEqual(85);
});

test("projects that look alike once cut still have ids of their own", () => {
  const [a, b] = ["x", "y"].map((end) =>
    executionId({ project: "p".repeat(30) + end, run: "run", packageKey: "k", packageSha256: sha256 }),
  );
  expect(a).not.toBe(b);
});

test("an execution id needs no escaping anywhere", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (project, run) => {
      expect(executionId({ project, run, packageKey: "k", packageSha256: sha256 })).toMatch(
        /^[A-Za-z0-9_-]+$/,
      );
    }),
  );
});

test("a package is full when it reaches a limit, and never before its first record", () => {
  const limits = { records: 3, dataSizeBytes: 1_000 };
  expect(isFull({ records: 0, dataSizeBytes: 5_000 }, limits)).toBe(false);
  expect(isFull({ records: 2, dataSizeBytes: 999 }, limits)).toBe(false);
  expect(isFull({ records: 3, dataSizeBytes: 0 }, limits)).toBe(true);
  expect(isFull({ records: 1, dataSizeBytes: 1_000 }, limits)).toBe(true);
});

test("the default limits split a large extract", () => {
  let packages = 1;
  let records = 0;
  for (let number = 0; number < 25_000; number += 1) {
    if (isFull({ records, dataSizeBytes: records * 600 })) {
      packages += 1;
      records = 0;
    }
    records += 1;
  }
  expect(packages).toBe(3);
  expect(defaultPackageLimits.dataSizeBytes).toBeLessThan(256 * 1024 * 1024);
});
