import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { LintPlace } from "./lint-finding.ts";

/** One line of a field map. */
export interface MapLine {
  /** Staging field, as written. */
  readonly field: string;
  /** Column, element or attribute of the data file, as written. */
  readonly column: string;
  /** Whether the value comes from a number sequence or a default, so that the file needs no such column. */
  readonly filledWithout: boolean;
}

/** One entity of a manifest, as written. */
export interface ManifestEntityData {
  readonly label: string;
  /** Technical name (TargetEntity); empty where the manifest has none. */
  readonly target: string;
  readonly file: string;
  readonly format: string;
  /** ExcelSheetName, with its `$`; empty for the first sheet. */
  readonly sheet: string;
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
  readonly maps: readonly MapLine[];
  /** What the catalogue knows of it. */
  readonly schema: EntitySchema | undefined;
  /** Where it begins in the manifest. */
  readonly place: LintPlace;
}

/**
 * The composite entity whose records this entity's are nested in: it names the same data file. No manifest of a composite
 * entity is public; that its entities may have entries of their own is inferred from what OData shows of data projects.
 */
export function compositeAround(
  entity: Pick<ManifestEntityData, "label" | "file">,
  entities: readonly ManifestEntityData[],
): ManifestEntityData | undefined {
  if (isComposite(entity.label) || entity.file === "") return undefined;
  const file = entity.file.toLowerCase();
  return entities.find((other) => isComposite(other.label) && other.file.toLowerCase() === file);
}

/** Whether a label says that the entity is a composite one; F&O's own labels do. */
export function isComposite(label: string): boolean {
  return /\bcomposite\b/i.test(label);
}
