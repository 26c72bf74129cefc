import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { EntityCatalogue } from "../entity/catalogue.ts";
import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import type { Evidence } from "../entity/evidence.ts";
import { typeWords } from "../entity/schema-difference.ts";
import { openProject, type CommandContext } from "./command-context.ts";
import { textTable } from "./text-table.ts";

/**
 * `schema show [entity]`: what dmfpipe knows of an entity in this project, and how it knows the doubtful of it; without
 * a label, the labels of all entities.
 */
export function schemaShow(context: CommandContext, label: string | undefined): ExitCode {
  const { root } = openProject(context);
  const catalogue = EntityCatalogue.of(root);
  const { json } = context.options;
  if (label === undefined) {
    const labels = catalogue.labels();
    context.print(
      json === true ? `${JSON.stringify(labels, null, 2)}\n` : labels.map((one) => `${one}\n`).join(""),
    );
    return ExitCode.ok;
  }
  const schema = catalogue.find(label);
  if (schema === undefined) {
    throw new DmfpipeError(
      "DMFP-USAGE",
      `The catalogue has no entity ${label}.${didYouMean(label, catalogue.labels())}`,
      { next: "Fetch it from an environment with: dmfpipe schema pull" },
    );
  }
  context.print(json === true ? `${JSON.stringify(schemaValue(schema), null, 2)}\n` : schemaText(schema));
  return ExitCode.ok;
}

function schemaValue(schema: EntitySchema): object {
  const { fields, enums, enumNumbers, ...about } = schema;
  const numbers = enumNumbers === undefined ? {} : { enumNumbers: Object.fromEntries(enumNumbers) };
  return { ...about, fields: [...fields.values()], enums: Object.fromEntries(enums), ...numbers };
}

function schemaText(schema: EntitySchema): string {
  const { evidence = {}, keys, singleThreaded, templateSequence: place } = schema;
  const about: string[] = [];
  const say = (name: string, text: string, word?: Evidence): void => {
    about.push(`  ${name.padEnd(16)}${text}${word === undefined ? "" : `  [${word}]`}`);
  };
  say("technical name", schema.aotName);
  say("OData", schema.odataCollection ?? "not public, as far as is known");
  say("records", schema.scope === "shared" ? "shared by all companies" : "of each company", evidence.scope);
  say("key", keys.join(", ") || "unknown", evidence.keys);
  if (singleThreaded !== undefined) {
    say("imported in", singleThreaded ? "one task only" : "several tasks", evidence.singleThreaded);
  }
  if (schema.readOnly === true) say("read-only", "nothing can be imported into it");
  if (place !== undefined) {
    const numbers = [place.executionUnit, place.level, place.sequence].join(".");
    say("template", numbers, evidence.templateSequence);
  }
  for (const { fields, entity, targetFields, evidence: word } of schema.relations) {
    say("refers to", `${fields.join(", ")} → ${entity} (${targetFields.join(", ")})`, word);
  }
  if (schema.parents.length > 0) say("loaded after", schema.parents.join(", "));
  const head = `${schema.label}\n${about.join("\n")}\n`;
  if (!schema.fieldsKnown) return `${head}\nIts fields are not known; dmfpipe schema pull fetches them.\n`;
  const table = textTable(
    ["field", "holds", "", "evidence"].map((title) => ({ title, align: "left" as const })),
    fieldsInOrder(schema).map((field) => [
      field.name,
      typeWords(field, schema),
      flagWords(field),
      evidenceWords(field),
    ]),
  );
  return `${head}\n${table}\n`;
}

/** Those of the key first, as in F&O's exports. */
function fieldsInOrder({ fields, keys }: EntitySchema): EntityField[] {
  const rest = [...fields.values()].filter(({ key }) => !key);
  rest.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...keys.flatMap((key) => fields.get(key) ?? []), ...rest];
}

function flagWords({ key, mandatory, readOnly }: EntityField): string {
  const words = [key ? "key" : mandatory ? "mandatory" : "", readOnly === true ? "read-only" : ""];
  return words.filter((word) => word !== "").join(", ");
}

function evidenceWords({ evidence = {} }: EntityField): string {
  return Object.entries(evidence)
    .map(([part, word]) => `${part}: ${word}`)
    .join(", ");
}
