import { openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { asDmfpipeError, DmfpipeError, formatPlace } from "../../src/errors/dmfpipe-error.ts";
import { errorRegistry } from "../../src/errors/registry.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("Nothing was thrown.");
}

describe("DmfpipeError", () => {
  test("says what to do next: its own words, else the registry's", () => {
    const error = new DmfpipeError("DMFP-LOCKED", "Another run is loading.");
    expect(error.next).toBe(errorRegistry["DMFP-LOCKED"].next);
    expect(new DmfpipeError("DMFP-LOCKED", "x", { next: "Wait." }).next).toBe("Wait.");
    expect(error.entry.exitCode).toBe(10);
  });

  test("holds no secret in message, next and stack", () => {
    const secret = "https://x/y?sig=geheim";
    const error = new DmfpipeError("DMFP-BUG", secret, { next: `Look at ${secret}` });
    for (const text of [error.message, error.next, error.stack, String(error)]) {
      expect(text).not.toContain("geheim");
    }
  });

  test("keeps its cause, and has none where there is none", () => {
    const cause = new Error("why");
    expect(new DmfpipeError("DMFP-BUG", "x", { cause }).cause).toBe(cause);
    expect("cause" in new DmfpipeError("DMFP-BUG", "x")).toBe(false);
  });
});

describe("any thrown value", () => {
  test("that is coded already stays itself", () => {
    const error = new DmfpipeError("DMFP-LOCKED", "x");
    expect(asDmfpipeError(error)).toBe(error);
  });

  test.each<[unknown, string]>([
    [new TypeError("x is not a function"), "x is not a function"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [null, "null"],
    [{ message: "an object" }, "[object Object]"],
  ])("%j is a defect of ours", (thrown, message) => {
    const error = asDmfpipeError(thrown);
    expect([error.code, error.message]).toEqual(["DMFP-BUG", message]);
    expect(error.cause ?? undefined).toBe(thrown ?? undefined);
  });

  test.each(["ENOSPC", "EACCES", "EROFS", "EMFILE", "EIO", "EDQUOT"])("%s is the machine's state", (code) => {
    const thrown = Object.assign(new Error(`${code}: no, write`), {
      code,
      syscall: "write",
      path: "/data/x",
    });
    expect(asDmfpipeError(thrown)).toMatchObject({ code: "DMFP-FILE-WRITE", at: { file: "/data/x" } });
  });

  test("a file that should be there and is not is a defect: nobody looked before", () => {
    expect(asDmfpipeError(thrownBy(() => openSync("/no/such/file", "r"))).code).toBe("DMFP-BUG");
  });

  test("what a full, locked or broken database says", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("PRAGMA page_size = 512; PRAGMA max_page_count = 3; CREATE TABLE t (a)");
    const full = thrownBy(() => {
      database.exec("INSERT INTO t VALUES (zeroblob(10000))");
    });
    expect(asDmfpipeError(full)).toMatchObject({
      code: "DMFP-FILE-WRITE",
      message: "database or disk is full.",
    });
    const mistake = thrownBy(() => {
      database.exec("SELECT nonsense FROM nowhere");
    });
    expect(asDmfpipeError(mistake).code).toBe("DMFP-BUG");
    const nowhere = thrownBy(() => new DatabaseSync("/no/such/folder/x.db"));
    expect(asDmfpipeError(nowhere).code).toBe("DMFP-FILE-WRITE");
    database.close();
  });
});

test.each([
  [{}, ""],
  [{ file: "a.yaml" }, "a.yaml"],
  [{ file: "a.yaml", line: 3 }, "a.yaml:3"],
  [{ file: "a.yaml", line: 3, column: 9 }, "a.yaml:3:9"],
  [{ file: "a.csv", line: 3, field: "NAME" }, "a.csv:3, field NAME"],
  [{ environment: "uat" }, "environment uat"],
  [{ file: undefined, field: "NAME", environment: "uat" }, "field NAME, environment uat"],
])("the place %j", (at, expected) => {
  expect(formatPlace(at)).toBe(expected);
});
