import { describe, expect, it } from "vitest";
import { ByteKernel, cellStop } from "../../src/source/byte-kernel.ts";
import type { KernelCell } from "../../src/source/row-program.ts";

const marks = { delimiter: 0x2c, quote: 0x22, lineEnd: 0x0a };
const semicolon = 0x3b;
const classes = new Uint8Array(0x10000);

const copied = (column: number, more: Partial<Extract<KernelCell, { kind: "copied" }>> = {}): KernelCell => ({
  kind: "copied",
  column,
  steps: [],
  longest: 1000,
  mandatory: false,
  check: undefined,
  suffix: "",
  wanted: false,
  ...more,
});

function rowOf(kernel: ByteKernel): string {
  const [length = 0] = kernel.told;
  return Buffer.from(kernel.rowUnits.slice(0, length).buffer).toString("utf16le");
}

describe("a kernel", () => {
  it("takes windows of any size, and has room for all that is found in them", () => {
    const kernel = new ByteKernel();
    for (const records of [1, 10, 100_000, 3]) {
      const window = Buffer.from(`${",".repeat(9)}\n`.repeat(records));
      const found = kernel.find(window, marks);
      expect(found).toEqual({ records, fields: records * 10, trouble: undefined });
      expect([...kernel.bounds.subarray((found.fields - 1) * 2, found.fields * 2)]).toEqual([
        window.length - 1,
        (window.length - 1) * 2,
      ]);
    }
    const long = "x".repeat(5_000_000);
    expect(kernel.find(Buffer.from(`a,"${long}"\nb`), marks)).toMatchObject({ records: 2, fields: 3 });
    expect([...kernel.bounds.subarray(0, 6)]).toEqual([0, 2, 3, 2 * 5_000_003, 5_000_005, 2 * 5_000_006]);
  });

  it("does not look at what an earlier, longer window left behind", () => {
    const kernel = new ByteKernel();
    kernel.find(Buffer.from(`${'"",'.repeat(1000)}"\n`), marks);
    expect(kernel.find(Buffer.from('a,"b"'), marks)).toEqual({
      records: 1,
      fields: 2,
      trouble: undefined,
    });
    expect(kernel.find(Buffer.from('a,"b'), marks)).toEqual({
      records: 0,
      fields: 0,
      trouble: "quote not closed",
    });
  });

  it("says where it does not go on, and goes on behind", () => {
    const kernel = new ByteKernel();
    const program = [
      copied(0),
      { kind: "elsewhere" } as const,
      copied(1, { wanted: true }),
      copied(2, { longest: 3 }),
      copied(3, { check: "integer" }),
      copied(4, { mandatory: true }),
    ];
    expect(kernel.load(program, classes)).toBe(true);
    kernel.find(Buffer.from("a,bc,four,12,\n"), marks);
    const go = (cell: number): number =>
      kernel.copyCells(cell, program.length, 0, kernel.told[0] ?? 0, semicolon);
    kernel.told[0] = 0;
    expect(go(0)).toBe(4 * 1 + cellStop.toBeWritten);
    expect(rowOf(kernel)).toBe("a;");
    expect(go(2)).toBe(4 * 2 + cellStop.toBeAttended);
    expect(rowOf(kernel)).toBe("a;;bc");
    expect([...kernel.told.subarray(1, 3)]).toEqual([3, 0]);
    expect(go(3)).toBe(4 * 3 + cellStop.toBeWritten);
    expect(rowOf(kernel)).toBe("a;;bc;");
    expect(go(4)).toBe(4 * 5 + cellStop.notCertain);
  });

  it("writes no further than its row goes", () => {
    const kernel = new ByteKernel();
    const program = Array.from({ length: 40 }, () => copied(0, { longest: 100_000 }));
    kernel.load(program, classes);
    kernel.find(Buffer.from("x".repeat(10_000)), marks);
    const stop = kernel.copyCells(0, program.length, 0, 0, semicolon);
    expect(stop & 3).toBe(cellStop.noRoom);
    expect(rowOf(kernel)).toBe(Array.from({ length: stop >> 2 }, () => "x".repeat(10_000)).join(";"));
    // A row of that length is left to others, as one with too many cells is.
    expect(
      kernel.load(
        Array.from({ length: 10_000 }, () => copied(0)),
        classes,
      ),
    ).toBe(false);
  });

  it("gives a row of ASCII as bytes, and no other", () => {
    const kernel = new ByteKernel();
    const text = "Größe, 0123456789 abcdefghijklmnopqrstuvwxyz";
    const write = (units: string): number => {
      for (let at = 0; at < units.length; at++) kernel.rowUnits[at] = units.charCodeAt(at);
      return units.length;
    };
    for (let from = 0; from <= text.length; from++) {
      for (let to = from; to <= text.length; to++) {
        const part = text.slice(from, to);
        const bytes = kernel.asciiRow(write(part));
        const isAscii = !/[öß]/.test(part);
        expect(bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1")).toBe(
          isAscii ? part : undefined,
        );
      }
    }
  });
});
