import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { parseDeclared } from "../../src/project/declared-file.ts";

function numbers(text: string, name: string): [string, string, number][] {
  return parseDeclared(text, name).map((one) => [one.name, one.text, one.line]);
}

function mistake(text: string, name: string): DmfpipeError {
  try {
    parseDeclared(text, name);
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  throw new Error("there is no mistake");
}

describe("the numbers a sender declares", () => {
  test.each<[string, string]>([
    ["records,20605\namount,1234.50\n", "d.csv"],
    ["Name,Value\n\nrecords , 20605\namount,1234.50", "d.txt"],
    ["\ufeffname;value\r\nrecords;20605\r\namount;1234.50\r\n", "d.csv"],
    ["records\t20605\namount\t1234.50\n", "d.declared"],
    ['{ "records": 20605,\n\t"amount": 1234.50 }', "d.json"],
    ['{ "records": "20605", "totals": { "amount": "1234.50" } }', "D.JSON"],
    ["records: 20605\namount: 1234.50\n", "d.yaml"],
    ["records: 20605\ntotals:\n  amount: 1234.50\n", "d.yml"],
  ])("%j in %s", (text, name) => {
    expect(numbers(text, name).map(([key, value]) => [key, value])).toEqual([
      ["records", "20605"],
      ["amount", "1234.50"],
    ]);
  });

  test("are taken as they are written, with their lines", () => {
    const long = "12345678901234567890.123456789";
    expect(numbers(`{\n"amount":\n${long}}`, "d.json")).toEqual([["amount", long, 3]]);
    expect(numbers(`name,value\n\namount,"1.234,50"\nmore,-5\n`, "d.csv")).toEqual([
      ["amount", "1.234,50", 3],
      ["more", "-5", 4],
    ]);
    expect(numbers("records;1\namount;1.234,50\n", "d.csv")[1]).toEqual(["amount", "1.234,50", 2]);
  });

  test.each<[string, string, string, number | undefined]>([
    ["", "d.csv", "d.csv declares nothing.", 1],
    ["name,value\n", "d.csv", "d.csv declares nothing.", 1],
    ["{}", "d.json", "d.json declares nothing.", 1],
    ["records,5\namount,1.234,50\n", "d.csv", "A comma inside a number wants quotes around it.", 2],
    ["records,5\namount\n", "d.csv", "is not a name and a number, such as records,20605.", 2],
    ["records,5\n,7\n", "d.csv", "is not a name and a number, such as records,20605.", 2],
    ['records,"5\n', "d.csv", "d.csv cannot be read:", 1],
    ["{ records: 5 }", "d.json", "d.json is no valid JSON:", undefined],
    ["records: [5]\n", "d.yaml", "d.yaml: records: it has to be a number.", 1],
    ["- records\n", "d.yaml", "d.yaml: the file has to be a group of settings", 1],
  ])("%j in %s: %s", (text, name, words, line) => {
    const { code, message, at } = mistake(text, name);
    expect(code).toBe("DMFP-SOURCE-DECLARED");
    expect(message).toContain(words);
    expect(at.file).toBe(name);
    expect(at.line).toBe(line);
  });
});
