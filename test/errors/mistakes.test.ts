import { describe, expect, it } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { Mistakes, mistakesOf } from "../../src/errors/mistakes.ts";

const mistake = (file: string, line: number, message = `${file} ${line}`): DmfpipeError =>
  new DmfpipeError("DMFP-MAPPING-FIELD", message, { at: { file, line } });

function thrownBy(mistakes: Mistakes): DmfpipeError | undefined {
  try {
    mistakes.demandNone();
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  return undefined;
}

describe("the mistakes of a configuration", () => {
  it("are none until one is found", () => {
    expect(thrownBy(new Mistakes())).toBeUndefined();
  });

  it("one alone is thrown as it is", () => {
    const only = mistake("a.yaml", 3);
    expect(thrownBy(new Mistakes([only]))).toBe(only);
    expect(mistakesOf(only)).toEqual([only]);
  });

  it("several come in one error, in the order of files and lines, and each can be had again", () => {
    const error = thrownBy(new Mistakes([mistake("b.yaml", 1), mistake("a.yaml", 9), mistake("a.yaml", 3)]));
    expect(error?.at).toEqual({ file: "a.yaml", line: 3 });
    expect(error?.message.split("\n")).toEqual([
      "3 mistakes in 2 files:",
      "  a.yaml:3 a.yaml 3",
      "  a.yaml:9 a.yaml 9",
      "  b.yaml:1 b.yaml 1",
    ]);
    expect(error === undefined ? [] : mistakesOf(error).map(({ at }) => at.line)).toEqual([3, 9, 1]);
  });

  it("a mistake of the configuration leads, whatever the name of a source's file", () => {
    const source = new DmfpipeError("DMFP-SOURCE-MISSING", "gone", { at: { file: "a.csv" } });
    const error = thrownBy(new Mistakes([source, mistake("z.yaml", 1)]));
    expect(error).toMatchObject({ code: "DMFP-MAPPING-FIELD", entry: { exitCode: 2 } });
  });

  it("an error that stands for several is taken apart, and no place is named twice", () => {
    const inner = thrownBy(new Mistakes([mistake("a.yaml", 1, "first"), mistake("a.yaml", 2)]));
    const outer = new Mistakes([mistake("a.yaml", 1, "again")]);
    outer.attempt(() => {
      if (inner !== undefined) throw inner;
    });
    expect(outer.found.map(({ message }) => message)).toEqual(["again", "a.yaml 2"]);
  });

  it("of more than twenty, the message has twenty and their number, and mistakesOf has all", () => {
    const error = thrownBy(
      new Mistakes(Array.from({ length: 30 }, (_, index) => mistake("a.yaml", index + 1))),
    );
    expect(error?.message).toContain("30 mistakes in a.yaml");
    expect(error?.message).toContain("and 10 more.");
    expect(error === undefined ? [] : mistakesOf(error)).toHaveLength(30);
  });

  it("a defect is no mistake", async () => {
    const mistakes = new Mistakes();
    const bug = new DmfpipeError("DMFP-BUG", "broken");
    const attempt = (): void => {
      mistakes.attempt(() => {
        throw bug;
      });
    };
    expect(attempt).toThrow(bug);
    await expect(mistakes.attemptLater(() => Promise.reject(bug))).rejects.toBe(bug);
    expect(mistakes.found).toEqual([]);
  });
});
