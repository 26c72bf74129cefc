import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { EntityCatalogue } from "../entity/catalogue.ts";
import type { EntityRelation, EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { compositeEntity, type CompositeEntity, type EmbeddedEntity } from "./composite-entity.ts";
import { extendedEntity, ownEntity, ownEntitySchema, ownField } from "./own-entity.ts";

const condition = z.union([
  z.string(),
  z.strictObject({ matches: z.string() }),
  z.strictObject({ empty: z.boolean() }),
]);

const rule = z.strictObject({
  entity: z.string(),
  when: z.record(z.string(), condition),
  field: z.string().optional(),
  message: z.string().min(1),
});

const embedded: z.ZodType<EmbeddedEntity> = z.lazy(() =>
  z.union([z.string(), z.strictObject({ label: z.string(), children: z.array(embedded).optional() })]),
);

const composite = z.strictObject({
  label: z.string().min(1),
  root: z.string(),
  children: z.array(embedded).min(1),
});

const rowsByCompany = z.record(z.string(), z.array(z.record(z.string(), z.string())));

/** What a team may say of its own environment. */
const setupFile = z.strictObject({
  $schema: z.string().optional(),
  $comment: z.string().optional(),
  legalEntities: z
    .array(z.string().regex(/^[A-Za-z0-9]{1,4}$/, "at most four letters or digits"))
    .default([]),
  referenceData: z.record(z.string(), rowsByCompany).default({}),
  fieldSizes: z.record(z.string(), z.record(z.string(), z.number().int().positive())).default({}),
  rules: z.array(rule).default([]),
  entities: z.array(ownEntity).default([]),
  entityFields: z.record(z.string(), z.array(ownField)).default({}),
  composites: z.array(composite).default([]),
});

/** The built-in file says more: tables that are no entities, references and numbering the catalogue does not have. */
const builtInFile = setupFile.extend({
  tables: z.record(z.string(), z.object({ scope: z.enum(["company", "shared"]), keys: z.array(z.string()) })),
  relations: z.array(z.object({ fieldPattern: z.string(), entity: z.string(), targetField: z.string() })),
  numberedFields: z.array(z.object({ entity: z.string(), field: z.string(), prefix: z.string() })),
});

type Setup = z.infer<typeof setupFile>;

/** What only business logic refuses: a record for which all conditions hold. Values by field, "" when not given. */
export interface BusinessRule {
  readonly field: string;
  /** Text with `{FIELD}` in place of values. */
  readonly message: string;
  holds(valueOf: (field: string) => string): boolean;
}

/** A record that stands in the environment before anything is loaded. */
export interface ReferenceRow {
  readonly label: string;
  /** '' for shared tables. */
  readonly company: string;
  readonly values: Readonly<Record<string, string>>;
}

/** A table of the environment, as far as finding its records goes. */
export interface TableKeys {
  readonly scope: "company" | "shared";
  readonly keys: readonly string[];
}

/** How one F&O is set up: entities, sizes, reference data, references and business rules. */
export class EnvironmentSetup {
  readonly #catalogue = EntityCatalogue.builtIn();
  readonly #builtIn: z.infer<typeof builtInFile>;
  readonly #own: Setup;
  readonly #rules = new Map<string, BusinessRule[]>();
  readonly #relations = new Map<string, readonly EntityRelation[]>();
  readonly #ownEntities: ReadonlyMap<string, EntitySchema>;
  readonly #composites = new Map<string, CompositeEntity>();

  /**
   * The built-in set-up, with a team's own file (absolute path) on top of it.
   * Throws DMFP-SANDBOX-SETUP when the file cannot be read or says something impossible.
   */
  constructor(file: string | undefined) {
    const builtIn = path.join(import.meta.dirname, "reference-data.json");
    this.#builtIn = readSetup(builtIn, builtInFile);
    this.#own = file === undefined ? setupFile.parse({}) : readSetup(file, setupFile);
    this.#ownEntities = this.#readOwnEntities();
    for (const definition of [...this.#builtIn.composites, ...this.#own.composites]) {
      const known = (label: string): boolean => this.entity(label) !== undefined;
      this.#composites.set(definition.label, compositeEntity(definition, known, file));
    }
    for (const { entity, ...rest } of [...this.#builtIn.rules, ...this.#own.rules]) {
      this.#rules.set(entity, [...(this.#rules.get(entity) ?? []), compileRule(rest, file ?? builtIn)]);
    }
    const { referenceData, fieldSizes, entityFields } = this.#own;
    for (const label of [referenceData, fieldSizes, entityFields].flatMap(Object.keys)) {
      const known = label in entityFields ? this.entity(label) : this.tableKeys(label);
      if (known !== undefined) continue;
      throw new DmfpipeError(
        "DMFP-SANDBOX-SETUP",
        `The set-up file names the entity '${label}', which the sandbox does not have.`,
        { at: { file } },
      );
    }
  }

  /** The entity with this DMF label, or undefined where the environment has none. */
  entity(label: string): EntitySchema | undefined {
    return this.#ownEntities.get(label) ?? this.#catalogue.find(label);
  }

  /** All entities: those of the set-up file stand in the place of built-in ones with the same label. */
  entities(): readonly EntitySchema[] {
    const labels = new Set([...this.#catalogue.labels(), ...this.#ownEntities.keys()]);
    return [...labels].flatMap((label) => this.entity(label) ?? []);
  }

  /** The composite entity with this DMF label. */
  composite(label: string): CompositeEntity | undefined {
    return this.#composites.get(label);
  }

  tableKeys(label: string): TableKeys | undefined {
    return this.#ownEntities.get(label) ?? this.#builtIn.tables[label] ?? this.#catalogue.find(label);
  }

  /** References the environment checks: those of the catalogue and its own. */
  relations(entity: EntitySchema): readonly EntityRelation[] {
    const known = this.#relations.get(entity.label);
    if (known !== undefined) return known;
    const covered = new Set(entity.relations.flatMap((relation) => relation.fields));
    const more = [...entity.fields.keys()].flatMap((field): EntityRelation[] => {
      if (covered.has(field)) return [];
      const found = this.#builtIn.relations.find(({ fieldPattern }) => new RegExp(fieldPattern).test(field));
      // A table does not refer to its own key.
      if (found === undefined || found.entity === entity.label) return [];
      return [{ fields: [field], entity: found.entity, targetFields: [found.targetField] }];
    });
    const relations = [...entity.relations, ...more];
    this.#relations.set(entity.label, relations);
    return relations;
  }

  /** Greatest length of a field in this environment, where it is known. */
  size(entity: EntitySchema, field: string): number | undefined {
    return this.#own.fieldSizes[entity.label]?.[field] ?? entity.fields.get(field)?.size;
  }

  rules(label: string): readonly BusinessRule[] {
    return this.#rules.get(label) ?? [];
  }

  /** The field the environment numbers by itself when it comes empty. */
  numberedField(label: string): { readonly field: string; readonly prefix: string } | undefined {
    return this.#builtIn.numberedFields.find(({ entity }) => entity === label);
  }

  legalEntities(): readonly string[] {
    const all = [...this.#builtIn.legalEntities, ...this.#own.legalEntities].map((company) =>
      company.toUpperCase(),
    );
    return [...new Set(all)];
  }

  /** All records to begin with. */
  *referenceRows(): Generator<ReferenceRow> {
    const companies = this.legalEntities();
    for (const company of companies) {
      yield { label: "Legal entities", company: "", values: { LEGALENTITYID: company } };
    }
    for (const setup of [this.#builtIn, this.#own]) {
      for (const [label, byCompany] of Object.entries(setup.referenceData)) {
        const shared = this.tableKeys(label)?.scope === "shared";
        for (const [name, rows] of Object.entries(byCompany)) {
          const owners = shared ? [""] : name === "*" ? companies : [name.toUpperCase()];
          for (const company of owners) for (const values of rows) yield { label, company, values };
        }
      }
    }
  }

  #readOwnEntities(): Map<string, EntitySchema> {
    const entities = new Map(this.#own.entities.map((entity) => [entity.label, ownEntitySchema(entity)]));
    for (const [label, fields] of Object.entries(this.#own.entityFields)) {
      const entity = entities.get(label) ?? this.#catalogue.find(label);
      if (entity !== undefined) entities.set(label, extendedEntity(entity, fields));
    }
    return entities;
  }
}

function readSetup<T>(file: string, shape: z.ZodType<T>): T {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DmfpipeError("DMFP-SANDBOX-SETUP", "The set-up file of the sandbox cannot be read.", {
      at: { file },
      cause,
    });
  }
  const result = shape.safeParse(data);
  if (result.success) return result.data;
  const problem = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new DmfpipeError(
    "DMFP-SANDBOX-SETUP",
    `The set-up file of the sandbox is not as it should be: ${problem}`,
    {
      at: { file },
    },
  );
}

function compileRule(source: Omit<z.infer<typeof rule>, "entity">, file: string): BusinessRule {
  const tests = Object.entries(source.when).map(([field, wanted]) => ({
    field,
    fits: compileCondition(wanted, file),
  }));
  return {
    field: source.field ?? "",
    message: source.message,
    holds: (valueOf) => tests.every(({ field, fits }) => fits(valueOf(field))),
  };
}

function compileCondition(wanted: z.infer<typeof condition>, file: string): (value: string) => boolean {
  if (typeof wanted === "string") {
    const text = wanted.trim().toUpperCase();
    return (value) => value.trim().toUpperCase() === text;
  }
  if ("empty" in wanted) return (value) => (value.trim() === "") === wanted.empty;
  try {
    const pattern = new RegExp(wanted.matches, "u");
    return (value) => pattern.test(value);
  } catch (cause) {
    throw new DmfpipeError("DMFP-SANDBOX-SETUP", `'${wanted.matches}' is not a regular expression.`, {
      at: { file },
      cause,
    });
  }
}
