import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { resolveInside } from "../../src/project/project-path.ts";

const root = "/work/project";
const sourceRoots = ["/data/erp"];
const at = { file: "mappings/x.yaml", line: 2, column: 3 };

function resolve(configured: string): string | undefined {
  try {
    return resolveInside({ root, sourceRoots, configured, at });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DmfpipeError);
    expect(thrown).toMatchObject({ code: "DMFP-PATH-OUTSIDE", at });
    return undefined;
  }
}

describe("paths of the configuration", () => {
  test.each([
    ["data/x.csv", "/work/project/data/x.csv"],
    ["./data/../data/x.csv", "/work/project/data/x.csv"],
    ["..data/x.csv", "/work/project/..data/x.csv"],
    ["/work/project/x.csv", "/work/project/x.csv"],
    ["/data/erp/x.csv", "/data/erp/x.csv"],
    ["../../data/erp/x.csv", "/data/erp/x.csv"],
    [".", "/work/project"],
  ])("%s is inside", (configured, expected) => {
    expect(resolve(configured)).toBe(expected);
  });

  test.each([
    "../x.csv",
    "..",
    "data/../../project-of-another/x.csv",
    "/work/project-of-another/x.csv",
    "/data/erp2/x.csv",
    "/etc/passwd",
    "C:\\data\\x.csv",
    "c:/data/x.csv",
    "C:x.csv",
    "\\\\server\\share\\x.csv",
    "//server/share/x.csv",
    "data/\0x.csv",
  ])("%j is not", (configured) => {
    expect(resolve(configured)).toBeUndefined();
  });

  test("property: whatever is written, what comes out is inside", () => {
    const part = fc.oneof(
      fc.constantFrom("..", ".", "", "data", "project", "erp", "work", "~", "C:", "\\\\x", "%2e%2e", "\0"),
      fc.string(),
    );
    const written = fc.oneof(
      fc.array(part).map((parts) => parts.join("/")),
      fc.string(),
    );
    fc.assert(
      fc.property(written, (configured) => {
        const resolved = resolve(configured);
        if (resolved === undefined) return;
        expect(resolved).toBe(path.normalize(resolved));
        expect(resolved).not.toContain("\0");
        expect(`${resolved}/`).toMatch(/^\/(work\/project|data\/erp)\//);
      }),
      { numRuns: 2000 },
    );
  });

  test("the message shows a NUL instead of ending at it", () => {
    expect(() => resolveInside({ root, configured: "a\0b", at })).toThrow("a␀b leads outside the project");
  });
});
