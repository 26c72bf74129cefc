import { entityElement, manifestMembers, manifestRoot, version2EntityMembers } from "../contract-members.ts";
import type { ContractElement } from "./contract-document.ts";
import {
  listOf,
  memberPlace,
  numberOf,
  readMembers,
  textOf,
  type DocumentContext,
} from "./contract-check.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import type { KnownEntities } from "./known-entities.ts";
import { lintManifestEntity } from "./lint-manifest-entity.ts";
import { compositeAround, isComposite, type ManifestEntityData } from "./manifest-entity.ts";
import { lintOrder } from "./lint-order.ts";
import { readDocument } from "./read-document.ts";

const version2ManifestMembers: readonly string[] = ["ProjectCategory", "RulesData"];

export interface ManifestOptions {
  /** Name of the manifest in the zip. */
  readonly entry: string;
  /** PackageVersion of the header; undefined where there is no readable header. */
  readonly packageVersion: number | undefined;
  readonly known: KnownEntities;
  readonly log: FindingLog;
}

/** Judges Manifest.xml; returns its entities, in order, or undefined where it cannot be read. */
export function lintManifest(bytes: Buffer, options: ManifestOptions): ManifestEntityData[] | undefined {
  const { entry, known, log } = options;
  const root = readDocument(bytes, { entry, root: manifestRoot }, log);
  if (root === undefined) return undefined;
  const context = { entry, log };
  const members = readMembers(root, manifestMembers, context);
  numberOf(members, "ProjectCategory", context);
  if (textOf(members, "DefinitionGroupName").trim() === "") {
    log.add(
      "DMFP-LINT-MANIFEST-PROJECT",
      memberPlace(members.get("DefinitionGroupName") ?? root, context),
      () => ({
        message: "DefinitionGroupName is missing or empty.",
      }),
    );
  }
  const items = listOf(members, { name: "PackageEntityList", item: entityElement }, context) ?? [];
  if (items.length === 0) {
    log.add(
      "DMFP-LINT-MANIFEST-EMPTY",
      memberPlace(members.get("PackageEntityList") ?? root, context),
      () => ({
        message: members.has("PackageEntityList")
          ? "PackageEntityList has no entity in it."
          : "The manifest has no PackageEntityList.",
      }),
    );
  }
  const fileOf = (item: ContractElement): string =>
    item.children
      .find(({ name }) => name === "InputFilePath")
      ?.text.trim()
      .toLowerCase() ?? "";
  const entities = items.map((item) => {
    const file = fileOf(item);
    const alone = file === "" || items.every((other) => other === item || fileOf(other) !== file);
    return lintManifestEntity(item, { entry, known, log, alone });
  });
  if (options.packageVersion === 1) lintVersion(root, items, context);
  lintTogether(entities, log);
  lintOrder(entities, log);
  return entities;
}

/** A manifest of version 2 under a header of version 1. */
function lintVersion(
  root: ContractElement,
  items: readonly ContractElement[],
  context: DocumentContext,
): void {
  const newer = [
    ...root.children.filter(({ name }) => version2ManifestMembers.includes(name)),
    ...items.flatMap(({ children }) =>
      children.filter(({ name }) => version2EntityMembers.some((member) => member === name)),
    ),
  ];
  for (const element of newer) {
    context.log.add("DMFP-LINT-HEADER-VERSION-MEMBERS", memberPlace(element, context), () => ({
      message: `PackageVersion is 1, and ${element.name} came with version 2.`,
    }));
  }
}

/** What can be wrong only between entities. */
function lintTogether(entities: readonly ManifestEntityData[], log: FindingLog): void {
  const labels = new Map<string, ManifestEntityData>();
  const files = new Map<string, ManifestEntityData>();
  for (const entity of entities) {
    const { label, file, place } = entity;
    const sameLabel = label === "" ? undefined : labels.get(label.toLowerCase());
    if (sameLabel === undefined) labels.set(label.toLowerCase(), entity);
    else {
      log.add("DMFP-LINT-ENTITY-TWICE", place, () => ({
        message: `${excerpt(label)} stands in the manifest twice: first on line ${sameLabel.place.line ?? 1}.`,
      }));
    }
    const sameFile = file === "" ? undefined : files.get(file.toLowerCase());
    if (sameFile === undefined) files.set(file.toLowerCase(), entity);
    else if (
      sameFile.label.toLowerCase() !== label.toLowerCase() &&
      compositeAround(entity, entities) === undefined
    ) {
      log.add("DMFP-LINT-ENTITY-FILE-SHARED", { ...place, field: "InputFilePath" }, () => ({
        message: `${excerpt(sameFile.label)} and ${excerpt(label)} both name the file ${excerpt(file)}.`,
      }));
    }
  }
  lintComposites(entities, log);
}

function lintComposites(entities: readonly ManifestEntityData[], log: FindingLog): void {
  for (const composite of entities) {
    const { label, format, place } = composite;
    if (!isComposite(label)) continue;
    const strangers = entities.filter(
      (other) => other !== composite && compositeAround(other, entities) !== composite,
    ).length;
    log.add("DMFP-LINT-COMPOSITE-PROJECT", place, () => ({
      message: `${excerpt(label)} is a composite entity: its data project must be there before the import.`,
    }));
    if (strangers > 0) {
      log.add("DMFP-LINT-COMPOSITE-SEVERAL", place, () => ({
        message: `${excerpt(label)} is a composite entity and shares the package with ${strangers} more.`,
      }));
    }
    if (format !== "" && !/^xml/i.test(format)) {
      log.add("DMFP-LINT-COMPOSITE-FORMAT", { ...place, field: "SourceFormat" }, () => ({
        message: `${excerpt(label)} is a composite entity and cannot be imported from ${excerpt(format)}.`,
      }));
    }
  }
}
