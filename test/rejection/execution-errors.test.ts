import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExecutionErrors, readExecutionErrors } from "../../src/rejection/execution-errors.ts";

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, "..", "fixtures", "execution-errors", name), "utf8");

describe("GetExecutionErrors", () => {
  test("nothing", () => {
    expect(parseExecutionErrors("[]")).toEqual([]);
    expect(parseExecutionErrors("")).toEqual([]);
  });

  test("a well-formed array", () => {
    expect(parseExecutionErrors(fixture("terms-of-payment.txt"))).toEqual([
      { recordId: "Cash", field: "", message: "Chart of accounts invalid: 0" },
      { recordId: "Month+15", field: "", message: "Payment day '15th' not found" },
    ]);
  });

  test("unescaped quotes and line breaks inside a message", () => {
    expect(parseExecutionErrors(fixture("malformed.txt"))).toEqual([
      {
        recordId: "A-1",
        field: "",
        message:
          'Results. Field "Customer group" must be filled in.\nValidations failed while writing entity record',
      },
      { recordId: "A-2", field: "", message: "ok" },
    ]);
  });

  test("a piece that cannot be taken apart is kept whole", () => {
    expect(
      parseExecutionErrors('[{"RecordId":"1","Field":"","ErrorMessage":"a" b"},{"RecordId":oops}]'),
    ).toEqual([
      { recordId: "1", field: "", message: 'a" b' },
      { recordId: "", field: "", message: '{"RecordId":oops}' },
    ]);
  });

  test("reads whatever messages hold when quotes and line breaks are left unescaped", () => {
    const text = fc
      .string({
        unit: fc.constantFrom("a", "B", '"', "'", "\n", ",", "{", "}", ":", " ", "ü"),
        maxLength: 40,
      })
      // What looks like the next object cannot be told apart from it, by us or by anybody.
      .filter((message) => !/,\s*\{\s*"RecordId"/.test(message));
    const id = fc.string({ unit: fc.constantFrom("A", "1", "-", "+", "ß"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.record({ id, text }), { minLength: 1 }), (rows) => {
        const raw = rows
          .map((row) => `{"RecordId":"${row.id}","Field":"","ErrorMessage":"${row.text}"}`)
          .join(",");
        const parsed = parseExecutionErrors(`[${raw}]`);
        expect(parsed).toEqual(rows.map((row) => ({ recordId: row.id, field: "", message: row.text })));
      }),
    );
  });

  test("wherever the chunks end, the same is read", async () => {
    const text = fc.string({
      unit: fc.constantFrom("a", '"', "\n", ",", "{", "}", "]", ":", " ", "\\", '"RecordId"', "ü"),
      maxLength: 30,
    });
    const rows = fc.array(fc.tuple(text, text), { maxLength: 8 });
    const chunkChars = fc.integer({ min: 1, max: 50 });
    await fc.assert(
      fc.asyncProperty(rows, chunkChars, fc.boolean(), async (all, size, escaped) => {
        const raw = all.map(([RecordId, ErrorMessage]) =>
          escaped
            ? JSON.stringify({ RecordId, Field: "", ErrorMessage }, null, 1)
            : `{"RecordId":"${RecordId}","Field":"","ErrorMessage":"${ErrorMessage}"}`,
        );
        const whole = `[${raw.join(",")}]`;
        const chunks = async function* (): AsyncGenerator<string> {
          for (let at = 0; at < whole.length; at += size)
            yield await Promise.resolve(whole.slice(at, at + size));
        };
        const read = await Array.fromAsync(readExecutionErrors(chunks()));
        expect(read).toEqual(parseExecutionErrors(whole));
        if (escaped) expect(read.map(({ message }) => message)).toEqual(all.map(([, message]) => message));
      }),
    );
  });

  test("members in another order are read, too, where they are escaped", () => {
    const rows = [
      { ErrorMessage: 'say "hi",{"RecordId":', Field: "F", RecordId: 1 },
      { ErrorMessage: "no", Field: null, RecordId: "B " },
    ];
    expect(parseExecutionErrors(JSON.stringify(rows, null, 2))).toEqual([
      { recordId: "1", field: "F", message: 'say "hi",{"RecordId":' },
      { recordId: "B", field: "", message: "no" },
    ]);
  });

  test("a text without any object is handed on in pieces, and not held", async () => {
    const chunk = "<html>".repeat(50_000);
    const chunks = async function* (): AsyncGenerator<string> {
      for (let count = 0; count < 10; count++) yield await Promise.resolve(chunk);
    };
    const read = await Array.fromAsync(readExecutionErrors(chunks()));
    expect(read.length).toBeGreaterThan(1);
    expect(read.map(({ message }) => message).join("")).toBe(chunk.repeat(10));
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(parseExecutionErrors(text))).toBe(true);
      }),
    );
  });
});
