import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHash, writeHash } from "../../src/rejection/report/client/page-hash.js";
import { dimensionsOf, filterRows } from "../../src/rejection/report/client/row-filter.js";
import { listLines } from "../../src/rejection/report/client/row-groups.js";
import { sorted } from "../../src/rejection/report/client/row-order.js";
import { searchRows, searchWords } from "../../src/rejection/report/client/row-search.js";
import { unpack } from "../../src/rejection/report/client/row-store.js";
import { dataBlock } from "../../src/rejection/report/row-blocks.ts";
import { rowAllowance } from "../../src/rejection/report/row-budget.ts";

interface Row {
  readonly entity: number;
  readonly stage: number;
  readonly groups: readonly number[];
  readonly text: string;
}

const groups = [
  { code: "A", field: "F", shape: "a f" },
  { code: "A", field: "", shape: "a" },
  { code: "B", field: "F", shape: "b f" },
];
const entities = ["Vendors V2", "Customers V3", ""];
const stages = ["Reading", "Mapping", "Checking", "F&O staging", "F&O target"];

const someRow: fc.Arbitrary<Row> = fc.record({
  entity: fc.nat(2),
  stage: fc.nat(4),
  groups: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  text: fc.string({ unit: fc.constantFrom("a", "B", "ß", " ", "İ", '"'), maxLength: 8 }),
});
const someRows = fc.array(someRow, { minLength: 1, maxLength: 40 });

/** The rows as the page's script holds them; `blockSize` rows to a block. */
function storeOf(rows: readonly Row[], blockSize = 7): object {
  const several = rows.flatMap((row, index) => (row.groups.length > 1 ? [[index, row.groups] as const] : []));
  const one = { names: ["x"] };
  return {
    count: rows.length,
    blocks: Math.ceil(rows.length / blockSize),
    legend: { groups, stages, codes: [["A"], ["B"]] },
    entity: Uint32Array.from(rows, (row) => row.entity),
    entities: { names: entities },
    company: new Uint32Array(rows.length),
    companies: one,
    file: new Uint32Array(rows.length),
    files: one,
    standing: new Uint32Array(rows.length),
    standings: one,
    stage: Uint8Array.from(rows, (row) => row.stage),
    group: Uint32Array.from(rows, (row) => row.groups[0] ?? 0),
    moreGroups: new Map(several),
    haystack: (block: number) => {
      const part = rows.slice(block * blockSize, (block + 1) * blockSize);
      const texts = part.map(({ text }) => `${text}\n`.toLowerCase());
      const starts = texts.reduce<number[]>((ends, text) => [...ends, (ends.at(-1) ?? 0) + text.length], [0]);
      return Promise.resolve({ first: block * blockSize, text: texts.join(""), starts });
    },
  };
}

function codesOf(row: Row): readonly string[] {
  return row.groups.map((group) => groups[group]?.code ?? "");
}

test("a block comes out as it went in", async () => {
  const value = [[1, 'ä "quoted" </script> \u2028'], { a: null }];
  const { text } = await dataBlock("row-index", value);
  expect(await unpack(/>(.*)<\/script>/.exec(text)?.[1] ?? "")).toEqual(value);
});

describe("sorting", () => {
  test("is that of the language, and equal ones stay as they were", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(50), { minLength: 1, maxLength: 9000, size: "max" }),
        async (values) => {
          const compare = (a: number, b: number): number => (values[a] ?? 0) - (values[b] ?? 0);
          const wanted = values.map((_, index) => index).sort(compare);
          expect([...((await sorted(values.length, compare)) as Iterable<number>)]).toEqual(wanted);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("filtering", () => {
  test("shows the rows that fit all choices, and counts what every other choice would show", () => {
    const choice = fc.record(
      {
        entity: fc.constantFrom(...entities),
        stage: fc.constantFrom(...stages),
        code: fc.constantFrom("A", "B"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(someRows, choice, (rows, chosen) => {
        const store = storeOf(rows);
        const fits = (row: Row, { entity, stage, code }: typeof chosen): boolean =>
          (entity === undefined || entities[row.entity] === entity) &&
          (stage === undefined || stages[row.stage] === stage) &&
          (code === undefined || codesOf(row).includes(code));
        const found = filterRows(store, dimensionsOf(store), { chosen, hits: undefined }) as {
          marks: Uint8Array;
          count: number;
          counts: Record<"entity" | "stage" | "code", Uint32Array>;
        };
        expect([...found.marks]).toEqual(rows.map((row) => (fits(row, chosen) ? 1 : 0)));
        expect(found.count).toBe(rows.filter((row) => fits(row, chosen)).length);
        const would = (change: object): number =>
          rows.filter((row) => fits(row, { ...chosen, ...change })).length;
        expect([...found.counts.entity]).toEqual(entities.map((entity) => would({ entity })));
        expect([...found.counts.stage]).toEqual(stages.map((stage) => would({ stage })));
        expect([...found.counts.code]).toEqual(["A", "B"].map((code) => would({ code })));
      }),
    );
  });

  test("a value that nothing has fits nothing", () => {
    const store = storeOf([{ entity: 0, stage: 0, groups: [0], text: "" }]);
    expect(
      filterRows(store, dimensionsOf(store), { chosen: { entity: "?" }, hits: undefined }),
    ).toMatchObject({
      count: 0,
    });
  });
});

describe("grouping", () => {
  test("every row that fits stands in one group, and the heads say how many", () => {
    fc.assert(
      fc.property(someRows, fc.boolean(), fc.uniqueArray(fc.nat(1)), (rows, down, opened) => {
        const store = storeOf(rows);
        const marks = Uint8Array.from(rows, (row) => (row.stage < 4 ? 1 : 0));
        const count = marks.reduce((sum, mark) => sum + mark, 0);
        const order = Uint32Array.from(rows, (_, index) => index);
        const dimension = dimensionsOf(store).code;
        const open = new Set(opened);
        const laid: unknown = listLines(store, { order, down, marks, count, dimension, open });
        const { lines, groups: heads } = laid as {
          lines: Int32Array;
          groups: { id: number; rows: number }[];
        };
        expect(heads.reduce((sum, head) => sum + head.rows, 0)).toBe(count);
        const inGroup = (id: number): number[] => {
          const found = rows.flatMap((row, index) =>
            marks[index] === 1 && codesOf(row)[0] === ["A", "B"][id] ? [index] : [],
          );
          return down ? found.reverse() : found;
        };
        const wanted = heads.flatMap(({ id }) => [-1 - id, ...(open.has(id) ? inGroup(id) : [])]);
        expect([...lines]).toEqual(wanted);
      }),
    );
  });
});

describe("searching", () => {
  test("finds the rows that hold every word, in any letters", async () => {
    await fc.assert(
      fc.asyncProperty(
        someRows,
        fc.constantFrom("a", "B a", '"a b"', "ß", "İ", "aa", 'b "'),
        async (rows, asked) => {
          const words = searchWords(asked) as string[];
          fc.pre(words.length > 0);
          const { signal } = new AbortController();
          const hits = (await searchRows(storeOf(rows), words, {
            signal,
            progress: () => undefined,
          })) as Uint8Array;
          const wanted = rows.map(({ text }) =>
            words.every((word) => text.toLowerCase().includes(word)) ? 1 : 0,
          );
          expect([...hits]).toEqual(wanted);
        },
      ),
    );
  });

  test("takes what stands in quotes as one word, also while it is being typed", () => {
    expect(searchWords('Müller "Zum Löwen"  12')).toEqual(["müller", "zum löwen", "12"]);
    expect(searchWords('"zum lö')).toEqual(["zum lö"]);
    expect(searchWords('  "" ')).toEqual([]);
  });
});

describe("addresses", () => {
  test("come back as they were written; that of a section chooses nothing", () => {
    const state = { q: 'a=b&c "d"', entity: "Vendors V2", company: "", row: "12" };
    expect(readHash(writeHash(state))).toEqual(state);
    expect(writeHash({})).toBe("");
    expect(readHash("#why-title")).toBeUndefined();
    expect(readHash("#row=1&evil=2")).toEqual({ row: "1" });
  });
});

describe("how many rows a page bears", () => {
  const average = { briefBytes: 40, wholeBytes: 140, rowLimit: 500_000 };

  test("all of them whole while there is room", () => {
    expect(rowAllowance({ ...average, records: 1000, sizeLimitBytes: 140_000 })).toEqual({
      listed: 1000,
      whole: 1000,
    });
  });

  test("then all of them, a part without the source row", () => {
    expect(rowAllowance({ ...average, records: 1000, sizeLimitBytes: 90_000 })).toEqual({
      listed: 1000,
      whole: 500,
    });
  });

  test("then a part of them", () => {
    expect(rowAllowance({ ...average, records: 1000, sizeLimitBytes: 20_000 })).toEqual({
      listed: 500,
      whole: 0,
    });
    expect(rowAllowance({ ...average, records: 1000, sizeLimitBytes: 140_000, rowLimit: 10 })).toMatchObject({
      listed: 10,
    });
  });

  test("none of none", () => {
    const nothing = { briefBytes: 0, wholeBytes: 0, rowLimit: 10, records: 0, sizeLimitBytes: 10 };
    expect(rowAllowance(nothing)).toEqual({ listed: 0, whole: 0 });
  });
});
