import { ActionRefused } from "./action-refused.ts";
import type { CompositeEntity } from "./composite-entity.ts";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import type { XmlFormat } from "./data-format.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { entityPlan, findEntity, planColumns, recordElement, type ImportPlan } from "./import-plan.ts";
import type { ManifestEntity } from "./manifest.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import { readXmlRecords, XmlRecordMisplaced, type XmlLayout } from "./xml-records.ts";

export interface CompositePlanOptions {
  readonly composite: CompositeEntity;
  /** Entries of the manifest that are not switched off. */
  readonly entries: readonly ManifestEntity[];
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  /** Path of a file of the package. */
  readonly findFile: (name: string) => string | undefined;
}

/**
 * The plans of a composite entity's members, parents first, all reading the same file. Two shapes of manifest are
 * understood, because none was ever published: one entry for the composite entity, whose fields then go by their own
 * names; or this one and one more for each member, with its map. Throws ActionRefused for any other shape, for a
 * format other than XML and for records nested in the wrong place.
 */
export async function planComposite(options: CompositePlanOptions): Promise<ImportPlan[]> {
  const { composite, setup, settings } = options;
  const entry = checkShape(options);
  const [rootMember] = composite.members;
  const root = findEntity(rootMember?.label ?? "", setup);
  const { format } = entityPlan({ manifest: entry, entity: root, columns: [], parentLabel: null, settings });
  if (format.kind !== "xml") {
    throw new ActionRefused("DMF1963 The import file of a composite entity is not in XML format.");
  }
  const layout = compositeLayout(composite, format, { setup, settings });
  const file = options.findFile(entry.inputFilePath ?? "");
  const seen = file === undefined ? new Map<string, Set<string>>() : await fieldsOf(file, layout);
  return composite.members.map(({ label, parent }) => {
    const entity = findEntity(label, setup);
    const own = options.entries.find((item) => item.entityName === label);
    const map = own?.map ?? [];
    const names = [...(seen.get(recordElement(entity, settings)) ?? [])];
    const columns = planColumns(entity, map.length > 0 ? map : names.map(mapByName));
    return entityPlan({ manifest: entry, entity, columns, parentLabel: parent ?? null, settings });
  });
}

/** Where the records of a composite entity's members stand in its file. */
export function compositeLayout(
  composite: CompositeEntity,
  format: XmlFormat,
  environment: { readonly setup: EnvironmentSetup; readonly settings: SandboxSettings },
): XmlLayout {
  const element = (label: string): string =>
    recordElement(findEntity(label, environment.setup), environment.settings);
  const parents = composite.members.map(
    ({ label, parent }) => [element(label), parent === undefined ? undefined : element(parent)] as const,
  );
  return { fieldsIn: format.fieldsIn, parents: new Map(parents) };
}

/** The entry of the composite entity itself. */
function checkShape({ composite, entries, settings }: CompositePlanOptions): ManifestEntity {
  const members = entries.filter(({ entityName }) => entityName !== composite.label);
  const entry = entries.find(({ entityName }) => entityName === composite.label);
  const labels = new Set(composite.members.map(({ label }) => label));
  const strangers = members.some(({ entityName }) => !labels.has(entityName ?? ""));
  if (
    entry === undefined ||
    strangers ||
    new Set(entries.map((item) => item.entityName)).size < entries.length
  ) {
    throw new ActionRefused("A package can hold only one composite data entity.");
  }
  const perEntity = members.length === labels.size;
  const understood =
    settings.compositeManifest === "one-entry"
      ? members.length === 0
      : perEntity || (settings.compositeManifest === "any" && members.length === 0);
  if (!understood) {
    throw new ActionRefused(
      `DMF1961 Invalid composite entity relation: the manifest does not describe the entities of ${composite.label}.`,
    );
  }
  return entry;
}

const fieldLimit = 5_000;

/**
 * Field names of every element. The text for a misplaced record is what public issues quote of composite files of a
 * wrong shape; other mistakes of the file show in staging.
 */
async function fieldsOf(file: string, layout: XmlLayout): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  try {
    for await (const batch of readXmlRecords(file, layout)) {
      for (const { element, fields } of batch) {
        const names = seen.get(element) ?? new Set<string>();
        for (const name of fields.keys()) names.add(name);
        seen.set(element, names);
        // No entity has so many fields: what is there by now refuses the map.
        if (names.size > fieldLimit) return seen;
      }
    }
  } catch (error) {
    if (error instanceof XmlRecordMisplaced) {
      throw new ActionRefused(`A DataTable named '${error.element}' already belongs to this DataSet.`, {
        type: "System.Data.DuplicateNameException",
      });
    }
    if (!(error instanceof DataFileUnreadable)) throw error;
  }
  return seen;
}

function mapByName(name: string): Parameters<typeof planColumns>[1][number] {
  return { entityField: name, xmlField: name, isAutoGenerated: false, isAutoDefault: false, conversions: [] };
}
