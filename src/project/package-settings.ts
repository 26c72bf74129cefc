import { z } from "zod";
import { byteSizeShape } from "./byte-size.ts";
import type { Located } from "./located.ts";
import type { YamlFile } from "./yaml-file.ts";

/** How entity files and packages are made; said for all entities in project.yaml, and for one in its mapping. */
const sharedShape = {
  records: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("A package is closed and the next begun after this many records. Default: 10000."),
  megabytes: z
    .number()
    .positive()
    .max(4_000)
    .optional()
    .describe("A package is closed when its data file is this large before compression. Default: 240."),
  format: z
    .string()
    .min(1)
    .optional()
    .describe(
      "CSV-Unicode (default), XML-Element or XML-Attribute, which every environment has, or the name of a text format it has been given, such as CSV-UTF8.",
    ),
  delimiter: z
    .enum([",", ";", "\t", "|", ":"])
    .optional()
    .describe("Column delimiter of a text format of the environment's own. Default: a comma."),
  encoding: z
    .enum(["utf-8", "utf-16le"])
    .optional()
    .describe(
      "Of a text format of the environment's own: utf-8 for code page 65001 (default), utf-16le for 1200.",
    ),
  byteOrderMark: z
    .boolean()
    .optional()
    .describe(
      "Whether files of a text format of the environment's own begin with one. Default: with UTF-16 only.",
    ),
  xmlEntityNames: z
    .enum(["upper", "pascal"])
    .optional()
    .describe("XML: pascal where the environment has the flight EntityNamesInPascalCaseInXMLFiles."),
  doubtfulValues: z
    .enum(["warn", "reject"])
    .optional()
    .describe(
      "What becomes of a record with a value that the format does not promise to carry: it is sent and counted in a warning (default), or rejected.",
    ),
  failLevelOnError: z
    .boolean()
    .optional()
    .describe("F&O stops the level when this entity fails. Default: false."),
  failExecutionUnitOnError: z
    .boolean()
    .optional()
    .describe("F&O stops the execution unit when this entity fails. Default: false."),
  runBusinessLogic: z.boolean().optional().describe("F&O runs insert and update methods. Default: true."),
  runBusinessValidation: z.boolean().optional().describe("F&O runs validateWrite. Default: true."),
  skipStaging: z
    .boolean()
    .optional()
    .describe("F&O writes straight to the target. Written only where it is said."),
};

/** A target field, in YAML. */
export const fieldName = z.string().regex(/^[A-Z0-9_]+$/, "a field's name in upper case");
const fieldNames = z.union([fieldName, z.array(fieldName).min(1)], "a field, or a list of fields");
const scalar = z.union([z.string(), z.number(), z.boolean()], "a value, as text");

/** `packages` in project.yaml. */
export const projectPackagesShape = z.strictObject({
  ...sharedShape,
  entities: z
    .enum(["one", "all"])
    .default("one")
    .describe(
      "one: every package holds one entity (F&O's messages carry no entity name). all: one package for each legal entity with all its entities, in their order.",
    ),
  executionUnits: z
    .enum(["one", "independent"])
    .default("one")
    .describe(
      "one: all entities are in execution unit 1, as in F&O's default templates, so their order always holds. independent: entities that nothing connects are in units of their own, which F&O runs side by side.",
    ),
  version: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe("PackageVersion: 2 is what F&O writes today, 1 what it wrote until about 2018."),
  category: z
    .enum(["Project", "Configuration"])
    .default("Project")
    .describe("Category of the data projects that the packages make."),
  diskLimit: byteSizeShape
    .default("4 GB")
    .describe(
      "With sending: whileBuilding no further entity is read while packages that are not over take more than this. MB, GB or TB. Default: 4 GB.",
    ),
  keepDone: z
    .boolean()
    .default(true)
    .describe("false: a package is removed from the disk as soon as all its records are accounted for."),
  dataProjects: z
    .enum(["replace", "keep"])
    .default("replace")
    .describe(
      "replace: the definition in the package takes the place of a data project's own. keep: a data project that exists is left as it is.",
    ),
});

/** `package` in a mapping. */
export const mappingPackageShape = z.strictObject({
  ...sharedShape,
  keepTogether: fieldNames
    .optional()
    .describe(
      "Records with the same values in these fields (the lines of one document) never go into two packages.",
    ),
  generated: fieldNames
    .optional()
    .describe("Fields that F&O fills from a number sequence (Auto in its mapping details)."),
  defaults: z
    .record(fieldName, scalar)
    .default({})
    .describe(
      "Field: value that F&O takes where the record has none (default value in its mapping details).",
    ),
  conversions: z
    .record(fieldName, z.record(z.string(), scalar))
    .default({})
    .describe("Field: values of the file and what F&O makes of them (value mapping in its mapping details)."),
  columns: z
    .record(fieldName, z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a column's name: letters, digits and _"))
    .default({})
    .describe(
      "Field: name of its column in the data file, where it is not the field's own. For data projects whose mapping is kept and has other names.",
    ),
  attachments: z
    .strictObject({
      folder: z.string().min(1).describe("Folder with the files, below the project's root."),
      field: fieldName.describe("Field that names the file of a record."),
    })
    .optional()
    .describe("Files that go with the records, into Resources of the package."),
});

export type ProjectPackages = z.infer<typeof projectPackagesShape>;

/** The settings of one entity's packages: the mapping's own words, and where it has none, the project's. */
export type SharedPackageSettings = Readonly<z.infer<z.ZodObject<typeof sharedShape>>>;

/** The settings as one mapping gives them. */
export interface PackageSettings {
  readonly shared: SharedPackageSettings;
  readonly keepTogether: readonly Located<string>[];
  readonly generated: readonly Located<string>[];
  /** Field → value. */
  readonly defaults: ReadonlyMap<string, Located<string>>;
  /** Field → value of the file → staged value. */
  readonly conversions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Field → column of the data file. */
  readonly columns: ReadonlyMap<string, Located<string>>;
  readonly attachments?: { readonly folder: Located<string>; readonly field: Located<string> };
}

/** The settings of a mapping file; everything has its default where the mapping does not speak of packages. */
export function packageSettingsOf(
  yaml: YamlFile<{ readonly package: z.infer<typeof mappingPackageShape> }>,
): PackageSettings {
  const { keepTogether, generated, defaults, conversions, columns, attachments, ...shared } =
    yaml.data.package;
  const names = (setting: "keepTogether" | "generated", value: unknown): readonly Located<string>[] => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return [yaml.text("package", setting)];
    return value.map((_, index) => yaml.text("package", setting, index));
  };
  return {
    shared,
    keepTogether: names("keepTogether", keepTogether),
    generated: names("generated", generated),
    defaults: new Map(Object.keys(defaults).map((field) => [field, yaml.text("package", "defaults", field)])),
    conversions: new Map(
      Object.entries(conversions).map(([field, pairs]) => [
        field,
        new Map(Object.entries(pairs).map(([from, to]) => [from, String(to)])),
      ]),
    ),
    columns: new Map(Object.keys(columns).map((field) => [field, yaml.text("package", "columns", field)])),
    ...(attachments === undefined
      ? {}
      : {
          attachments: {
            folder: yaml.text("package", "attachments", "folder"),
            field: yaml.text("package", "attachments", "field"),
          },
        }),
  };
}

const sharedNames = Object.keys(sharedShape) as readonly (keyof typeof sharedShape)[];

/** What the mapping says, completed by what the project says. */
export function mergedSettings(
  mapping: SharedPackageSettings,
  project: SharedPackageSettings,
): SharedPackageSettings {
  const merged: Partial<Record<keyof SharedPackageSettings, unknown>> = {};
  for (const name of sharedNames) {
    const value = mapping[name] ?? project[name];
    if (value !== undefined) merged[name] = value;
  }
  return merged as SharedPackageSettings;
}
