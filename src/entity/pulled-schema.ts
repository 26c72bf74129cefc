import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { fieldTypes } from "./entity-schema.ts";
import { withoutUndefined } from "./without-undefined.ts";

const fieldShape = z.strictObject({
  /** Absent for a field that is not public. */
  odata: z.string().optional(),
  type: z.enum(fieldTypes),
  enum: z.string().optional(),
  size: z.number().int().positive().optional(),
  mandatory: z.literal(true).optional(),
  readOnly: z.literal(true).optional(),
});

const entityShape = z.strictObject({
  aotName: z.string(),
  odataCollection: z.string().optional(),
  stagingTable: z.string().optional(),
  scope: z.enum(["company", "shared"]),
  /** Absent where the entity is not public: nothing then says what its key is. */
  keys: z.array(z.string()).optional(),
  readOnly: z.literal(true).optional(),
  /** The staging table was not listed: there may be fields that are not public, and sizes are unknown. */
  publicFieldsOnly: z.literal(true).optional(),
  fields: z.record(z.string(), fieldShape),
});

/** Member: number. */
const enumShape = z.record(z.string(), z.number().int());

const fileShape = z.strictObject({
  $comment: z.string().optional(),
  version: z.literal(1),
  environment: z.string(),
  pulledAt: z.string(),
  application: z.string().optional(),
  // Entities and enums are checked when they are first asked for: a file of all entities has thousands.
  entities: z.record(z.string(), z.unknown()),
  enums: z.record(z.string(), z.unknown()),
});

/** One field as an environment describes it. */
export type PulledField = Readonly<z.infer<typeof fieldShape>>;

/** One entity as an environment describes it; fields by their DMF names, upper case. */
export type PulledEntity = Readonly<z.infer<typeof entityShape>>;

/** Member: number, as an environment has them. */
export type PulledEnum = Readonly<z.infer<typeof enumShape>>;

/** What a pull says of itself. */
export interface PullHead {
  /** Name of the environment in project.yaml. */
  readonly environment: string;
  /** ISO 8601, UTC. */
  readonly pulledAt: string;
  /** Version of the application, where the environment tells it. */
  readonly application?: string;
}

/** Where a project keeps the schemas it pulled. */
export function pulledSchemaPath(projectRoot: string): string {
  return path.join(projectRoot, "mappings", "schema.json");
}

/** The schemas of an environment as `schema pull` wrote them into a file. */
export class PulledSchema {
  readonly head: PullHead;
  readonly #file: string;
  readonly #entities: Readonly<Record<string, unknown>>;
  readonly #enums: Readonly<Record<string, unknown>>;

  private constructor(file: string, data: z.infer<typeof fileShape>) {
    const { environment, pulledAt, application } = data;
    this.head = withoutUndefined({ environment, pulledAt, application });
    this.#file = file;
    this.#entities = data.entities;
    this.#enums = data.enums;
  }

  /** Reads a file of schemas; `name` is what people call it. Throws DMFP-SCHEMA-INVALID. */
  static read(file: string, name: string = file): PulledSchema {
    let data: unknown;
    try {
      data = JSON.parse(readFileSync(file, "utf8"));
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw invalid(name, `it cannot be read: ${words}`, cause);
    }
    return new PulledSchema(name, checked(fileShape, data, name, ""));
  }

  /** The schemas the project pulled, or undefined where it never did. Throws DMFP-SCHEMA-INVALID. */
  static ofProject(projectRoot: string): PulledSchema | undefined {
    const file = pulledSchemaPath(projectRoot);
    return existsSync(file) ? PulledSchema.read(file, path.relative(projectRoot, file)) : undefined;
  }

  /** DMF labels of its entities, in order. */
  labels(): readonly string[] {
    return Object.keys(this.#entities).sort();
  }

  /** The entity with this DMF label, spelled exactly so. Throws DMFP-SCHEMA-INVALID. */
  entity(label: string): PulledEntity | undefined {
    if (!Object.hasOwn(this.#entities, label)) return undefined;
    return checked(entityShape, this.#entities[label], this.#file, `entities, ${label}`);
  }

  /** The members of an enum. Throws DMFP-SCHEMA-INVALID. */
  enumOf(name: string): PulledEnum | undefined {
    if (!Object.hasOwn(this.#enums, name)) return undefined;
    return checked(enumShape, this.#enums[name], this.#file, `enums, ${name}`);
  }
}

function checked<T>(shape: z.ZodType<T>, data: unknown, file: string, where: string): T {
  const result = shape.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = [where, ...(issue?.path ?? []).map(String)].filter((part) => part !== "").join(", ");
  throw invalid(
    file,
    `${place === "" ? "the file as a whole" : place}: ${issue?.message ?? "not understood"}`,
  );
}

function invalid(file: string, why: string, cause?: unknown): DmfpipeError {
  return new DmfpipeError("DMFP-SCHEMA-INVALID", `${file} is no file of pulled schemas: ${why}.`, {
    at: { file },
    cause,
    next: "Restore it from version control, or remove it and pull again with: dmfpipe schema pull",
  });
}
