import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CompositePackageWriter,
  type BuiltCompositePackage,
  type CompositePackageOptions,
} from "../../src/package/composite-package.ts";
import { readCompositeRows } from "../../src/package/read-composite-rows.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { unpack } from "./unpack.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-composite-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const place = { executionUnit: 1, level: 2, sequence: 3 };
const names = ["ORDERENTITY", "LINEENTITY", "CHARGEENTITY", "NOTEENTITY"];
/** A charge is in a line, a line and a note are in an order; nothing is ever loaded into notes. */
const parents = [undefined, 0, 1, 0];
const columns = [["NUMBER", "TEXT"], ["LOT"], ["CODE", "TEXT"], []];

function options(changes: Partial<CompositePackageOptions> = {}): CompositePackageOptions {
  return {
    folder,
    fileName: "orders.zip",
    project: "p",
    description: "d",
    label: "Orders: all/parts",
    aotName: null,
    format: "XML-Element",
    manifest: "entry-per-entity",
    ...place,
    parts: names.map((element, index) => {
      const own = columns[index] ?? [];
      const label = `Label of ${element}`;
      return {
        element: {
          label,
          element,
          parent: parents[index],
          columns: own.map((name) => ({ name, field: name })),
        },
        entity: { label, aotName: element.toLowerCase(), fields: own, ...place },
      };
    }),
    ...changes,
  };
}

/** An order: its values, and its lines with their charges. */
interface Order {
  readonly values: readonly [string, string];
  readonly lines: readonly {
    readonly lot: string;
    readonly charges: readonly (readonly [string, string])[];
  }[];
}

async function write(
  orders: readonly Order[],
  changes: Partial<CompositePackageOptions> = {},
): Promise<BuiltCompositePackage> {
  const writer = await CompositePackageWriter.open(options(changes));
  for (const { values, lines } of orders) {
    writer.begin(0, values);
    for (const { lot, charges } of lines) {
      writer.begin(1, [lot]);
      for (const charge of charges) {
        writer.begin(2, charge);
        await writer.end();
      }
      await writer.end();
    }
    await writer.end();
  }
  return await writer.close();
}

async function rowsOf(built: BuiltCompositePackage, part: number): Promise<(readonly string[])[]> {
  const layout = { element: names[part] ?? "", columns: columns[part] ?? [], elements: new Set(names) };
  const found: (readonly string[])[] = [];
  for await (const { firstRow, rows } of readCompositeRows(built.path, built.dataFile, layout)) {
    expect(firstRow).toBe(found.length + 1);
    found.push(...rows);
  }
  return found;
}

async function textOf(built: BuiltCompositePackage): Promise<string> {
  const text = (await unpack(built.path)).get(built.dataFile)?.toString("utf8") ?? "";
  // Throws where it is not well-formed.
  new SaxesParser().write(text).close();
  return text;
}

const order: Order = {
  values: ["SO<1>", "a & b"],
  lines: [
    { lot: "L1", charges: [["C1", ""]] },
    { lot: "L2", charges: [] },
  ],
};

test("fields as elements: records below stand behind the fields, and what is missing has its empty element", async () => {
  const built = await write([order, { values: ["SO2", ""], lines: [] }]);
  expect(built).toMatchObject({ dataFile: "Orders allparts.xml", records: [2, 2, 1, 0] });
  expect((await textOf(built)).split("\r\n").slice(1)).toEqual([
    "<Document>",
    "<ORDERENTITY><NUMBER>SO&lt;1&gt;</NUMBER><TEXT>a &amp; b</TEXT>" +
      "<LINEENTITY><LOT>L1</LOT><CHARGEENTITY><CODE>C1</CODE><TEXT></TEXT></CHARGEENTITY></LINEENTITY>" +
      "<LINEENTITY><LOT>L2</LOT><CHARGEENTITY /></LINEENTITY><NOTEENTITY /></ORDERENTITY>",
    "<ORDERENTITY><NUMBER>SO2</NUMBER><TEXT></TEXT><LINEENTITY><CHARGEENTITY /></LINEENTITY><NOTEENTITY /></ORDERENTITY>",
    "</Document>",
    "",
  ]);
});

test("fields as attributes", async () => {
  const built = await write([order], { format: "XML-Attribute" });
  expect((await textOf(built)).split("\r\n")[2]).toBe(
    '<ORDERENTITY NUMBER="SO&lt;1&gt;" TEXT="a &amp; b">' +
      '<LINEENTITY LOT="L1"><CHARGEENTITY CODE="C1" TEXT=""></CHARGEENTITY></LINEENTITY>' +
      '<LINEENTITY LOT="L2"><CHARGEENTITY /></LINEENTITY><NOTEENTITY /></ORDERENTITY>',
  );
});

describe("the manifest", () => {
  const entitiesOf = async (changes: Partial<CompositePackageOptions>) => {
    const entries = await unpack((await write([order], changes)).path);
    expect([...entries.keys()]).toEqual(["Orders allparts.xml", "Manifest.xml", "PackageHeader.xml"]);
    return readManifest(entries.get("Manifest.xml") ?? Buffer.alloc(0)).manifest.entities;
  };

  test("has an entry for the composite entity, and one with its map for each entity in it", async () => {
    const entities = await entitiesOf({ runBusinessLogic: false });
    expect(entities.map(({ label, fields }) => [label, fields.length])).toEqual([
      ["Orders: all/parts", 0],
      ["Label of ORDERENTITY", 2],
      ["Label of LINEENTITY", 1],
      ["Label of CHARGEENTITY", 2],
      ["Label of NOTEENTITY", 0],
    ]);
    for (const entity of entities) {
      expect(entity).toMatchObject({
        fileName: "Orders allparts.xml",
        sourceFormat: "XML-Element",
        runBusinessLogic: false,
        level: 2,
      });
    }
  });

  test("or one entry only, with the map of the documents", async () => {
    const [only, ...others] = await entitiesOf({ manifest: "one-entry", aotName: "OrdersCompositeEntity" });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ label: "Orders: all/parts", aotName: "OrdersCompositeEntity" });
    expect(only?.fields).toHaveLength(2);
  });
});

const value = fc.string({
  unit: fc.constantFrom("a", "Ä", "😀", " ", "<", "&", '"', "'", ">", "\r", "\n", "\t"),
});
const anyOrder = fc.record({
  values: fc.tuple(value, value),
  lines: fc.array(fc.record({ lot: value, charges: fc.array(fc.tuple(value, value), { maxLength: 3 }) }), {
    maxLength: 3,
  }),
});

test("whatever is written is read back, by us and by another reader, record for record in their order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyOrder, { minLength: 1, maxLength: 5 }),
      fc.constantFrom("XML-Element" as const, "XML-Attribute" as const),
      async (orders, format) => {
        const built = await write(orders, { format });
        const lines = orders.flatMap((each) => each.lines);
        expect(await rowsOf(built, 0)).toEqual(orders.map(({ values }) => values));
        expect(await rowsOf(built, 1)).toEqual(lines.map(({ lot }) => [lot]));
        expect(await rowsOf(built, 2)).toEqual(lines.flatMap(({ charges }) => charges));
        expect(await rowsOf(built, 3)).toEqual([]);
        const parser = new XMLParser({
          ignoreAttributes: false,
          attributeNamePrefix: "",
          parseTagValue: false,
          trimValues: false,
          isArray: (name) => name.endsWith("ENTITY"),
        });
        const parsed = parser.parse(await textOf(built)) as {
          Document: { ORDERENTITY: { LINEENTITY: unknown[] }[] };
        };
        // An order without lines has one empty element for them.
        expect(parsed.Document.ORDERENTITY.map((each) => each.LINEENTITY.length)).toEqual(
          orders.map((each) => Math.max(1, each.lines.length)),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test("a record with the wrong number of values is a defect, a name XML cannot have a mistake", async () => {
  const writer = await CompositePackageWriter.open(options());
  expect(() => {
    writer.begin(0, ["one"]);
  }).toThrow(expect.objectContaining({ code: "DMFP-BUG" }));
  await writer.abort();
  const [first, ...parts] = options().parts;
  const broken =
    first === undefined ? [] : [{ ...first, element: { ...first.element, element: "1ST" } }, ...parts];
  await expect(CompositePackageWriter.open(options({ parts: broken }))).rejects.toMatchObject({
    code: "DMFP-MAPPING-FIELD",
  });
});
