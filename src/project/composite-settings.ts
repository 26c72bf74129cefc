import { z } from "zod";
import type { Located } from "./located.ts";
import { fieldName } from "./package-settings.ts";
import type { YamlFile } from "./yaml-file.ts";

const detailedPart = z.strictObject({
  entity: z.string().min(1).describe("DMF label; one of the project's mappings is for it."),
  in: z
    .string()
    .min(1)
    .optional()
    .describe(
      "DMF label of the part whose records these are nested in. Default: the one the catalogue relates it to.",
    ),
  by: z
    .record(fieldName, fieldName)
    .optional()
    .describe(
      "Own field: field of the part above that has the same value. Default: the catalogue's relation.",
    ),
  empty: z
    .boolean()
    .optional()
    .describe(
      "Nothing is loaded into this entity and no mapping is for it; F&O wants its element all the same, and gets an empty one.",
    ),
  element: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a technical name, such as SalesOrderHeaderV2Entity")
    .optional()
    .describe("Technical name of an empty part that the catalogue does not have."),
});

const partSettings = Object.keys(detailedPart.shape).join(", ");

/** A part as it may be written: a label, or a group of settings. The mistake is that of the group, where it is one. */
const part = z.union([z.string().min(1), detailedPart], {
  error: (issue) => {
    if (typeof issue.input !== "object" || issue.input === null) return "the label of an entity";
    const issues = detailedPart.safeParse(issue.input).error?.issues ?? [];
    // A misspelt name before the one that is missing for it.
    const first = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
    if (first?.code === "unrecognized_keys") {
      return `${first.keys.join(", ")} is not known here; a part has ${partSettings}`;
    }
    const name = first?.path.join(".") ?? "";
    return first?.code === "invalid_type"
      ? `${name} is missing, or not what it has to be`
      : `${name}: ${first?.message ?? ""}`;
  },
});

/** One entry of `composites` in project.yaml. */
export const compositeShape = z.strictObject({
  entity: z.string().min(1).describe("DMF label of the composite entity."),
  parts: z
    .array(part)
    .min(2, "the entity of the documents and at least one that is nested in it")
    .describe("The entities in it: that of the documents first, each before those nested in it."),
  format: z
    .enum(["XML-Element", "XML-Attribute"])
    .optional()
    .describe("Default: the project's format where that is XML, else XML-Element. F&O takes no other."),
  manifest: z
    .enum(["entry-per-entity", "one-entry"])
    .default("entry-per-entity")
    .describe(
      "How the manifest describes it, which no document shows: one entry for the composite entity and one for each of its parts with its field map, or only the first.",
    ),
  target: z
    .string()
    .min(1)
    .optional()
    .describe("Technical (AOT) name of the composite entity, for the manifest. Default: not said."),
  records: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "A package ends with the document with which it has this many records, those of all parts counted. Default: as for other packages.",
    ),
  megabytes: z
    .number()
    .positive()
    .max(4_000)
    .optional()
    .describe(
      "A package ends with the document with which its data file is this large. Default: as for other packages.",
    ),
  runBusinessLogic: z.boolean().optional().describe("F&O runs insert and update methods. Default: true."),
  runBusinessValidation: z.boolean().optional().describe("F&O runs validateWrite. Default: true."),
});

export const compositesShape = z
  .array(compositeShape)
  .default([])
  .describe("Composite entities: documents with the records nested in them, in one XML file a package.");

/** One entity of a composite entity, as written. */
export interface CompositePartDefinition {
  readonly entity: Located<string>;
  /** Label of the part above; absent where it is left to the catalogue. */
  readonly in?: Located<string>;
  /** Own field and the field of the part above; absent where they are left to the catalogue. */
  readonly by?: readonly (readonly [own: Located<string>, above: Located<string>])[];
  readonly empty: boolean;
  readonly element?: string;
}

/** A composite entity as project.yaml describes it: checked for shape, its labels and fields not known to exist. */
export interface CompositeDefinition {
  /** project.yaml, as people know it. */
  readonly file: string;
  readonly entity: Located<string>;
  readonly parts: readonly CompositePartDefinition[];
  readonly format?: "XML-Element" | "XML-Attribute";
  readonly manifest: "entry-per-entity" | "one-entry";
  readonly target?: string;
  readonly records?: number;
  readonly megabytes?: number;
  readonly flags: { readonly runBusinessLogic?: boolean; readonly runBusinessValidation?: boolean };
}

/** The composite entities of project.yaml with the positions of everything that can turn out to be wrong. */
export function compositesOf(
  yaml: YamlFile<{ readonly composites: z.infer<typeof compositesShape> }>,
): CompositeDefinition[] {
  return yaml.data.composites.map((composite, index) => {
    const { parts, format, manifest, target, records, megabytes } = composite;
    const { runBusinessLogic, runBusinessValidation } = composite;
    const at = ["composites", index] as const;
    return {
      file: yaml.name,
      entity: yaml.text(...at, "entity"),
      parts: parts.map((written, number) => partOf(yaml, written, [...at, "parts", number])),
      manifest,
      ...(format === undefined ? {} : { format }),
      ...(target === undefined ? {} : { target }),
      ...(records === undefined ? {} : { records }),
      ...(megabytes === undefined ? {} : { megabytes }),
      flags: {
        ...(runBusinessLogic === undefined ? {} : { runBusinessLogic }),
        ...(runBusinessValidation === undefined ? {} : { runBusinessValidation }),
      },
    };
  });
}

function partOf(
  yaml: Pick<YamlFile<unknown>, "text" | "key">,
  written: z.infer<typeof part>,
  at: readonly (string | number)[],
): CompositePartDefinition {
  if (typeof written === "string") return { entity: yaml.text(...at), empty: false };
  const { by, empty = false, element } = written;
  return {
    entity: yaml.text(...at, "entity"),
    empty,
    ...(written.in === undefined ? {} : { in: yaml.text(...at, "in") }),
    ...(by === undefined
      ? {}
      : {
          by: Object.keys(by).map(
            (own) => [yaml.key(...at, "by", own), yaml.text(...at, "by", own)] as const,
          ),
        }),
    ...(element === undefined ? {} : { element }),
  };
}
