import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { mistakesOf } from "../../src/errors/mistakes.ts";
import { FailedEntities } from "../../src/load/sending/failed-entities.ts";
import { planLoad } from "../../src/load/load-plan.ts";
import {
  composite,
  headers,
  headersMapping,
  lines,
  linesMapping,
  orderFiles,
  orderLines,
  orders,
  projectWith,
} from "./composite-project.ts";

const catalogue = EntityCatalogue.builtIn();
const data = { orders: orders("SO1 C1"), lines: orderLines("L1 SO1 1") };

/** What is wrong with a project, each with its place. The first line of `settings` is line 4 of project.yaml. */
async function mistakesIn(
  settings: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<(string | undefined)[][]> {
  try {
    await planLoad(projectWith({ ...orderFiles(data, settings), ...changed }), catalogue);
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
    return mistakesOf(thrown).map(({ code, at, message, entry, next }) => [
      `${code} ${at.file ?? ""}:${String(at.line)}:${String(at.column)}`,
      message,
      ...(next === entry.next ? [] : [next]),
    ]);
  }
  return [];
}

const at = (line: number, column: number): string =>
  `DMFP-PROJECT-INVALID mappings/project.yaml:${line}:${column}`;
const parts = (...entries: readonly string[]): string =>
  `composites:\n  - entity: ${composite}\n    parts:\n${entries.map((entry) => `      - ${entry}\n`).join("")}`;

describe("what is wrong with a composite entity is said with its place", () => {
  test.each([
    [
      "a part without a mapping",
      parts(headers, "Sales order line V2"),
      [[at(8, 9), expect.stringContaining(`Did you mean ${lines}?`), expect.stringContaining("empty: true")]],
    ],
    [
      "a part that is nested in a stranger",
      parts(headers, `{ entity: ${lines}, in: Sales order header V2 }`),
      [[at(8, 45), expect.stringContaining(`Did you mean ${headers}?`)]],
    ],
    [
      "a part before the one it is nested in",
      parts(lines, headers),
      [[at(8, 9), `The catalogue relates ${headers} to no part above it.`, expect.stringContaining("in: ")]],
    ],
    [
      "a document nested in something",
      parts(`{ entity: ${headers}, in: ${lines} }`, lines),
      [[at(7, 47), expect.stringContaining("nested in nothing")]],
    ],
    [
      "a field that is not filled",
      parts(headers, `{ entity: ${lines}, in: ${headers}, by: { ORDERNUMBER: SALESORDERNUMBER } }`),
      [[at(8, 75), expect.stringContaining("does not fill ORDERNUMBER"), expect.anything()]],
    ],
    [
      "the same part twice",
      parts(headers, lines, lines),
      [[at(9, 9), `${lines} is a part of ${composite} already.`]],
    ],
    [
      "an empty part with a mapping",
      parts(headers, `{ entity: ${lines}, empty: true }`),
      [[at(8, 19), expect.stringContaining("mappings/lines.yaml is for it")]],
    ],
    [
      "an empty part nobody knows",
      parts(headers, lines, "{ entity: Order charges, empty: true }"),
      [[at(9, 19), expect.stringContaining("name of its element"), expect.stringContaining("element:")]],
    ],
  ])("%s", async (_what, settings, expected) => {
    expect(await mistakesIn(settings)).toEqual(expected);
  });

  test.each([
    ["a text format", "package: { format: CSV-Unicode }", "says package.format: CSV-Unicode", "DMF1963"],
    [
      "another kind of XML",
      "package: { format: XML-Attribute }",
      "whose file is XML-Element",
      "for the composite entity",
    ],
    [
      "attachments",
      "package: { attachments: { folder: files, field: ITEMNUMBER } }",
      "has attachments",
      "without attachments",
    ],
    ["a second pass", "twoPass: [ORDEREDSALESQUANTITY]", "in one pass", "on its own"],
  ])("a mapping with %s", async (_what, setting, message, next) => {
    const mistakes = await mistakesIn(parts(headers, lines), {
      "mappings/lines.yaml": `${linesMapping}${setting}\n`,
    });
    expect(mistakes).toEqual([[at(8, 9), expect.stringContaining(message), expect.stringContaining(next)]]);
  });

  test("what a package with one entry in its manifest cannot say", async () => {
    const settings = `${parts(headers, lines)}    manifest: one-entry\n`;
    const changed = {
      "mappings/lines.yaml":
        linesMapping.replace("  INVENTORYLOTID: LOT\n", "") + "package: { generated: INVENTORYLOTID }\n",
    };
    expect(await mistakesIn(settings, changed)).toEqual([
      [at(8, 9), expect.stringContaining("no field map"), expect.stringContaining("entry-per-entity")],
    ]);
    expect(await mistakesIn(parts(headers, lines), changed)).toEqual([]);
  });

  test.each([
    ["composites:\n  - { entity: X, parts: [A, { entiy: B }] }\n", "entiy is not known here"],
    ["composites:\n  - { entity: X, parts: [A] }\n", "at least one that is nested in it"],
    ["composites:\n  - { entity: X, parts: [A, B], format: CSV-Unicode }\n", "XML-Element, XML-Attribute"],
    ["composites:\n  - { entity: X, parts: [A, { entity: B, by: { no: NO } }] }\n", "by"],
  ])("the shape: %j", async (settings, words) => {
    expect((await mistakesIn(settings).catch((thrown: unknown) => [[String(thrown)]])).join()).toContain(
      words,
    );
  });
});

describe("the order of loading", () => {
  const order = async (
    settings: string,
    changed: Readonly<Record<string, string>> = {},
  ): Promise<string[]> => {
    const files = orderFiles(data, settings);
    const project = projectWith({
      ...files,
      "mappings/project.yaml": (files["mappings/project.yaml"] ?? "").replace(
        "[lines",
        `[${["a.yaml", "b.yaml"]
          .filter((name) => `mappings/${name}` in changed)
          .map((name) => `${name}, `)
          .join("")}lines`,
      ),
      "data/x.csv": "CODE\nA\n",
      ...changed,
    });
    return (await planLoad(project, catalogue)).map(({ schema }) => schema.label);
  };
  const simple = (entity: string, key: string, dependsOn = ""): string =>
    `entity: ${entity}\nsource: { file: data/x.csv }\nlegalEntity: USMF\nfields: { ${key}: CODE }\n${dependsOn}`;

  test("what a part waits for comes before all parts, and what waits for a part behind all of them", async () => {
    const changed = {
      "mappings/a.yaml": simple("Vendor groups", "VENDORGROUPID"),
      "mappings/b.yaml": simple("Customer groups", "CUSTOMERGROUPID", `dependsOn: [${headers}]\n`),
      "mappings/lines.yaml": `${linesMapping}dependsOn: [Vendor groups]\n`,
    };
    expect(await order("", changed)).toEqual(["Vendor groups", headers, "Customer groups", lines]);
    expect(await order(parts(headers, lines), changed)).toEqual([
      "Vendor groups",
      headers,
      lines,
      "Customer groups",
    ]);
  });

  test("something that has to come between two parts is a circle", async () => {
    const changed = {
      "mappings/b.yaml": simple("Customer groups", "CUSTOMERGROUPID", `dependsOn: [${headers}]\n`),
      "mappings/lines.yaml": `${linesMapping}dependsOn: [Customer groups]\n`,
    };
    expect(await order("", changed)).toEqual([headers, "Customer groups", lines]);
    await expect(order(parts(headers, lines), changed)).rejects.toThrow(/Customer groups/);
  });
});

test("by default a part is nested by the catalogue's relation, in the project's XML format", async () => {
  const settings = `packages: { format: xml-attribute }\n${parts(headers, lines)}`;
  const planned = await planLoad(projectWith(orderFiles(data, settings)), catalogue);
  expect(planned.map(({ composite: own }) => own?.part)).toEqual([0, 1]);
  const of = planned[0]?.composite?.of;
  expect(of).toMatchObject({ label: composite, format: "XML-Attribute" });
  expect(of?.parts[1]).toMatchObject({
    parent: 0,
    link: { fields: ["SALESORDERNUMBER"], upperFields: ["SALESORDERNUMBER"], byKey: true },
  });
  const loose = headersMapping.replace(
    "SALESORDERNUMBER: NO",
    "SALESORDERNUMBER: NO\n  CUSTOMERREQUISITIONNUMBER: NO",
  );
  const other = parts(headers, `{ entity: ${lines}, by: { SALESORDERNUMBER: CUSTOMERREQUISITIONNUMBER } }`);
  const [, part] =
    (await planLoad(projectWith({ ...orderFiles(data, other), "mappings/orders.yaml": loose }), catalogue))[0]
      ?.composite?.of.parts ?? [];
  expect(part?.link?.byKey).toBe(false);
});

test("a package that failed does not hold up the next one of the same composite entity, but what waits for it", async () => {
  const files = orderFiles(data, parts(headers, lines));
  const planned = await planLoad(
    projectWith({
      ...files,
      "mappings/project.yaml": (files["mappings/project.yaml"] ?? "").replace("[lines", "[late.yaml, lines"),
      "mappings/late.yaml": `entity: Customer groups\nsource: { file: data/lines.csv }\nlegalEntity: USMF\nfields: { CUSTOMERGROUPID: NO }\ndependsOn: [${lines}]\n`,
    }),
    catalogue,
  );
  const orderParts = planned.filter(({ composite: own }) => own !== undefined);
  const late = planned.filter(({ composite: own }) => own === undefined);
  const failed = new FailedEntities(planned);
  failed.add(orderParts, "USMF");
  expect(failed.blocking(orderParts, "USMF")).toBeUndefined();
  expect(failed.blocking(late, "USMF")).toBe(headers);
  expect(failed.blocking(late, "DEMF")).toBeUndefined();
});
