/**
 * Makes the entity catalogue of this folder out of a folder of facts:
 *
 *     node src/entity/catalogue/make-catalogue.ts <folder of facts>
 *
 * The folder holds `entities.csv` (label, target entity, scope, keys, parents, template, sequence) and
 * `schema/<AOT name>.json` (fields as public metadata and the Common Data Model know them). What neither
 * carries is added from `overlay.json`. One file per entity comes out, and `index.json`, which names them.
 * Everything that can be doubted carries its evidence; what carries none was read from the metadata.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { evidenceWords, type Evidence } from "../evidence.ts";

const factField = z.object({
  name: z.string(),
  dmfField: z.string(),
  type: z.string().optional(),
  /** From what the type was inferred, where the metadata does not say it. */
  typeInferred: z.string().optional(),
  isKey: z.boolean(),
  mandatoryInCdm: z.boolean().optional(),
});
const factSchema = z.object({
  dmfEntityName: z.string(),
  aotName: z.string(),
  odataCollection: z.string().nullable(),
  keys: z.array(z.string()),
  /** AOT name of the entity referred to, name of the relation. */
  cdmRelationships: z.array(z.tuple([z.string(), z.string()])),
  fields: z.array(factField),
  enums: z.union([z.record(z.string(), z.array(z.string())), z.array(z.never())]),
  note: z.string().optional(),
});
const evidence = z.enum(evidenceWords);
const overlaySchema = z.object({
  sizesByField: z.partialRecord(evidence, z.record(z.string(), z.number())),
  mandatory: z.partialRecord(evidence, z.record(z.string(), z.array(z.string()))),
  relationsByField: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** By AOT name: fields that refer to other records of the same entity, and the key field they hold. */
  relationsToItself: z.record(z.string(), z.record(z.string(), z.string())),
  /** Fields by AOT name of which the documentation says what they refer to. */
  documentedRelations: z.record(z.string(), z.array(z.string())),
  singleThreaded: z.record(z.string(), z.tuple([z.boolean(), evidence])),
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

type Overlay = z.infer<typeof overlaySchema>;
type Row = z.infer<typeof entityRow>;
type Fact = z.infer<typeof factSchema>;

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
  const details = new Map<string, Fact>();
  for (const file of readdirSync(path.join(folder, "schema"))) {
    const fact = factSchema.parse(JSON.parse(readFileSync(path.join(folder, "schema", file), "utf8")));
    details.set(fact.aotName, fact);
  }
  const rowsByTarget = new Map(rows.map((row) => [row.target_entity, row]));
  const names = [...new Set([...rowsByTarget.keys(), ...details.keys()])].sort();
  const labels = new Map(
    names.map((name) => [
      rowsByTarget.get(name)?.dmf_label ?? details.get(name)?.dmfEntityName ?? name,
      name,
    ]),
  );
  for (const [label, aotName] of labels) {
    const sources = { row: rowsByTarget.get(aotName), fact: details.get(aotName), overlay };
    const entity = entityFile(label, aotName, sources, (other) => labels.get(other));
    writeFileSync(path.join(here, `${aotName}.json`), `${JSON.stringify(entity, null, 1)}\n`);
  }
  writeFileSync(path.join(here, "index.json"), `${JSON.stringify(Object.fromEntries(labels), null, 1)}\n`);
}

interface Sources {
  readonly row: Row | undefined;
  readonly fact: Fact | undefined;
  readonly overlay: Overlay;
}

function entityFile(
  label: string,
  aotName: string,
  { row, fact, overlay }: Sources,
  aotNameOf: (label: string) => string | undefined,
) {
  const keys = (fact?.keys ?? keysOfRow(row?.key_fields ?? ""))
    .map((key) => key.toUpperCase())
    .filter((key) => key !== "DATAAREAID");
  const fields = (fact?.fields ?? [])
    .filter((field) => field.dmfField !== "DATAAREAID")
    .map((field) => fieldOf(field, aotName, { keys, overlay }));
  const relations = fields.flatMap((field) => {
    const own = overlay.relationsToItself[aotName]?.[field.name];
    if (own !== undefined) {
      return [{ fields: [field.name], entity: label, targetFields: [own], evidence: "inferred" as const }];
    }
    const relation = overlay.relationsByField[field.name];
    if (relation === undefined || relation[0] === label) return [];
    if (overlay.noRelation[aotName]?.includes(field.name) === true) return [];
    const target = aotNameOf(relation[0]);
    const inDataModel = fact?.cdmRelationships.some(([other]) => other === target) === true;
    const documented = overlay.documentedRelations[aotName]?.includes(field.name) === true;
    const source: Evidence = documented ? "documented" : inDataModel ? "data model" : "inferred";
    return [{ fields: [field.name], entity: relation[0], targetFields: [relation[1]], evidence: source }];
  });
  const odataCollection = fact?.odataCollection ?? undefined;
  const sequence = templateSequence(row);
  const [singleThreaded, singleThreadedEvidence] = overlay.singleThreaded[aotName] ?? [];
  const company = fact === undefined ? row?.scope === "company" : fact.keys.includes("dataAreaId");
  return {
    label,
    aotName,
    ...(odataCollection === undefined ? {} : { odataCollection }),
    scope: company || row?.scope === "company" ? "company" : "shared",
    keys,
    ...(sequence === undefined ? {} : { templateSequence: sequence.numbers }),
    ...(singleThreaded === undefined ? {} : { singleThreaded }),
    parents: parentsOf(row, overlay),
    ...evidenceMember({
      keys: keys.length === 0 ? undefined : keyEvidence(row, fact),
      singleThreaded: singleThreadedEvidence,
      templateSequence: sequence?.evidence,
    }),
    fields,
    enums: Array.isArray(fact?.enums) ? {} : (fact?.enums ?? {}),
    relations,
  };
}

function fieldOf(
  field: z.infer<typeof factField>,
  aotName: string,
  { keys, overlay }: { readonly keys: readonly string[]; readonly overlay: Overlay },
) {
  const name = field.dmfField;
  const [sizeEvidence, sizes] = entryOf(overlay.sizesByField, (byField) => Object.hasOwn(byField, name));
  const size = sizes?.[name];
  const [said] = entryOf(overlay.mandatory, (byEntity) => byEntity[aotName]?.includes(name) === true);
  const fromDataModel = field.mandatoryInCdm === true ? "data model" : undefined;
  const key = keys.includes(name);
  const mandatory = said ?? fromDataModel;
  return {
    name,
    odataName: field.name,
    ...fieldType(field.type),
    ...(size === undefined ? {} : { size }),
    ...(key || mandatory !== undefined ? { mandatory: true } : {}),
    ...evidenceMember({
      type: field.typeInferred === undefined ? undefined : "inferred",
      size: sizeEvidence,
      // That a key must be filled is not in doubt.
      mandatory: key ? undefined : mandatory,
    }),
  };
}

/** The first entry whose content fits. */
function entryOf<T>(
  byEvidence: Partial<Record<Evidence, T>>,
  fits: (content: T) => boolean,
): [evidence?: Evidence, content?: T] {
  for (const word of evidenceWords) {
    const content = byEvidence[word];
    if (content !== undefined && fits(content)) return [word, content];
  }
  return [];
}

function evidenceMember(words: Readonly<Record<string, Evidence | undefined>>): object {
  const known = Object.entries(words).filter(([, word]) => word !== undefined);
  return known.length === 0 ? {} : { evidence: Object.fromEntries(known) };
}

/** C and I are a custom template and inference: not F&O's own numbering. */
function templateSequence(row: Row | undefined) {
  if (row === undefined || !/^[RT]/.test(row.seq_evidence)) return undefined;
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(row["unit.level.sequence"]);
  if (match === null) return undefined;
  const numbers = { executionUnit: Number(match[1]), level: Number(match[2]), sequence: Number(match[3]) };
  const evidence: Evidence = row.seq_evidence.startsWith("R") ? "export" : "template";
  return { numbers, evidence };
}

/** Entities that are not public have no key in the metadata; remarks in brackets say where it was found instead. */
function keyEvidence(row: Row | undefined, fact: Fact | undefined): Evidence | undefined {
  if (fact !== undefined) {
    if (fact.note === undefined) return undefined;
    return row?.key_fields.includes("?") === true ? "inferred" : "documented";
  }
  if (/export column/.test(row?.key_fields ?? "")) return "export";
  return /inferred|unverified/.test(row?.key_fields ?? "") ? "inferred" : undefined;
}

function parentsOf(row: Row | undefined, overlay: Overlay): string[] {
  return (row?.parents ?? "")
    .split(";")
    .map((parent) => parent.trim())
    .filter((parent) => parent !== "")
    .flatMap((parent) => overlay.looseParents[parent] ?? [parent]);
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
