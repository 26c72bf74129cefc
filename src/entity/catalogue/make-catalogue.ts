/**
 * Makes the entity catalogue of this folder out of a folder of facts:
 *
 *     node src/entity/catalogue/make-catalogue.ts <folder of facts>
 *
 * The folder holds `entities.csv` (label, target entity, scope, keys, parents, template, sequence) and
 * `schema/<AOT name>.json` (fields as public metadata and the Common Data Model know them). What neither
 * carries is added from `overlay.json`. One file per entity comes out, and `index.json`, which names them.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";

const factField = z.object({
  name: z.string(),
  dmfField: z.string(),
  type: z.string().optional(),
  isKey: z.boolean(),
  mandatoryInCdm: z.boolean().optional(),
});
const factSchema = z.object({
  dmfEntityName: z.string(),
  aotName: z.string(),
  odataCollection: z.string().nullable(),
  keys: z.array(z.string()),
  fields: z.array(factField),
  enums: z.union([z.record(z.string(), z.array(z.string())), z.array(z.never())]),
});
const overlaySchema = z.object({
  sizesByField: z.record(z.string(), z.number()),
  mandatory: z.record(z.string(), z.array(z.string())),
  relationsByField: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** Parents that the facts name in words rather than by label. */
  looseParents: z.record(z.string(), z.array(z.string())),
  noRelation: z.record(z.string(), z.array(z.string())),
});
const entityRow = z.object({
  dmf_label: z.string(),
  target_entity: z.string(),
  scope: z.enum(["shared", "company"]),
  key_fields: z.string(),
  parents: z.string(),
  "unit.level.sequence": z.string(),
  seq_evidence: z.string(),
});

const here = import.meta.dirname;
const facts = process.argv[2];
if (facts === undefined) {
  process.stderr.write("usage: node src/entity/catalogue/make-catalogue.ts <folder of facts>\n");
  process.exitCode = 2;
} else {
  makeCatalogue(facts);
}

function makeCatalogue(folder: string): void {
  const overlay = overlaySchema.parse(JSON.parse(readFileSync(path.join(here, "overlay.json"), "utf8")));
  const rows = z
    .array(entityRow)
    .parse(parse(readFileSync(path.join(folder, "entities.csv")), { columns: true }));
  const details = new Map<string, z.infer<typeof factSchema>>();
  for (const file of readdirSync(path.join(folder, "schema"))) {
    const fact = factSchema.parse(JSON.parse(readFileSync(path.join(folder, "schema", file), "utf8")));
    details.set(fact.aotName, fact);
  }
  const rowsByTarget = new Map(rows.map((row) => [row.target_entity, row]));
  const index: Record<string, string> = {};
  for (const aotName of [...new Set([...rowsByTarget.keys(), ...details.keys()])].sort()) {
    const entity = entityFile(aotName, rowsByTarget.get(aotName), details.get(aotName), overlay);
    index[entity.label] = aotName;
    writeFileSync(path.join(here, `${aotName}.json`), `${JSON.stringify(entity, null, 1)}\n`);
  }
  writeFileSync(path.join(here, "index.json"), `${JSON.stringify(index, null, 1)}\n`);
}

function entityFile(
  aotName: string,
  row: z.infer<typeof entityRow> | undefined,
  fact: z.infer<typeof factSchema> | undefined,
  overlay: z.infer<typeof overlaySchema>,
) {
  const keys = (fact?.keys ?? keysOfRow(row?.key_fields ?? ""))
    .map((key) => key.toUpperCase())
    .filter((key) => key !== "DATAAREAID");
  const mandatory = new Set([...keys, ...(overlay.mandatory[aotName] ?? [])]);
  const company = fact === undefined ? row?.scope === "company" : fact.keys.includes("dataAreaId");
  const fields = (fact?.fields ?? [])
    .filter((field) => field.dmfField !== "DATAAREAID")
    .map((field) => ({
      name: field.dmfField,
      odataName: field.name,
      ...fieldType(field.type),
      ...(overlay.sizesByField[field.dmfField] === undefined
        ? {}
        : { size: overlay.sizesByField[field.dmfField] }),
      ...(mandatory.has(field.dmfField) || field.mandatoryInCdm === true ? { mandatory: true } : {}),
    }));
  const relations = fields.flatMap((field) => {
    const relation = overlay.relationsByField[field.name];
    if (relation === undefined || relation[0] === (row?.dmf_label ?? fact?.dmfEntityName)) return [];
    if (overlay.noRelation[aotName]?.includes(field.name) === true) return [];
    return [{ fields: [field.name], entity: relation[0], targetFields: [relation[1]] }];
  });
  const odataCollection = fact?.odataCollection ?? undefined;
  // C and I are a custom template and inference: not F&O's own numbering.
  const ownTemplate = row !== undefined && /^[RT]/.test(row.seq_evidence);
  const sequence = !ownTemplate ? null : /^(\d+)\.(\d+)\.(\d+)$/.exec(row["unit.level.sequence"]);
  return {
    label: row?.dmf_label ?? fact?.dmfEntityName ?? aotName,
    aotName,
    ...(odataCollection === undefined ? {} : { odataCollection }),
    scope: company || row?.scope === "company" ? "company" : "shared",
    keys,
    ...(sequence === null
      ? {}
      : {
          templateSequence: {
            executionUnit: Number(sequence[1]),
            level: Number(sequence[2]),
            sequence: Number(sequence[3]),
          },
        }),
    parents: (row?.parents ?? "")
      .split(";")
      .map((parent) => parent.trim())
      .filter((parent) => parent !== "")
      .flatMap((parent) => overlay.looseParents[parent] ?? [parent]),
    fields,
    enums: Array.isArray(fact?.enums) ? {} : (fact?.enums ?? {}),
    relations,
  };
}

/** `dataAreaId+Name` → the two names; `?` and remarks in brackets mean that nobody knows. */
function keysOfRow(text: string): string[] {
  if (text.includes("?") || text.includes("...")) return [];
  return text.replace(/\(.*\)/, "").split("+");
}

function fieldType(type: string | undefined): { type: string; enumName?: string } {
  if (type === undefined) return { type: "unknown" };
  if (type.startsWith("enum:")) return { type: "enum", enumName: type.slice("enum:".length) };
  return { type: type === "datetimeoffset" ? "datetime" : type };
}
