import type { EntitySchema } from "../../entity/entity-schema.ts";
import { entityMembers, transformMembers } from "../contract-members.ts";
import {
  booleanOf,
  listOf,
  memberPlace,
  numberOf,
  readMembers,
  textOf,
  type DocumentContext,
  type Members,
} from "./contract-check.ts";
import type { ContractElement } from "./contract-document.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import type { KnownEntities } from "./known-entities.ts";
import { lintFieldMap } from "./lint-field-map.ts";
import { lintFileAndFormat } from "./lint-file-format.ts";
import type { ManifestEntityData } from "./manifest-entity.ts";

/** Judges one DataManagementPackageEntityData of a manifest. `alone`: no other one names its data file. */
export function lintManifestEntity(
  element: ContractElement,
  options: {
    readonly entry: string;
    readonly known: KnownEntities;
    readonly log: FindingLog;
    readonly alone: boolean;
  },
): ManifestEntityData {
  const { entry, known, log, alone } = options;
  const label = element.children.find(({ name }) => name === "EntityName")?.text.trim() ?? "";
  const context = { entry, entity: label, log };
  const members = readMembers(element, entityMembers, context);
  const placeOf = (name: string) => memberPlace(members.get(name) ?? element, context);
  const target = textOf(members, "TargetEntity").trim();
  const schema = lintName({ label, target, known }, context, placeOf);
  lintFlags(members, element, context);
  for (const transform of listOf(
    members,
    { name: "EntityTransformList", item: "EntityTransform" },
    context,
  ) ?? []) {
    numberOf(readMembers(transform, transformMembers, context), "SequenceNumber", context);
  }
  const file = textOf(members, "InputFilePath").trim();
  const format = textOf(members, "SourceFormat").trim();
  const sheet = textOf(members, "ExcelSheetName").trim();
  lintFileAndFormat({ label, file, format, sheet }, context, placeOf);
  return {
    label,
    target,
    file,
    format,
    sheet,
    executionUnit: numberOf(members, "ExecutionUnit", context),
    level: numberOf(members, "LevelInExecutionUnit", context),
    sequence: numberOf(members, "SequenceInLevel", context),
    maps: lintFieldMap(members, { element, schema, label, alone }, context),
    schema,
    place: { entry, entity: label, ...element.at },
  };
}

/** Judges label and technical name against the catalogue; returns what it knows of the entity. */
function lintName(
  names: { readonly label: string; readonly target: string; readonly known: KnownEntities },
  { log }: DocumentContext,
  placeOf: (member: string) => ReturnType<typeof memberPlace>,
): EntitySchema | undefined {
  const { label, target, known } = names;
  if (label === "") {
    log.add("DMFP-LINT-ENTITY-NAME", placeOf("EntityName"), () => ({
      message:
        target === ""
          ? "An entity has no EntityName."
          : `The entity of ${excerpt(target)} has no EntityName.`,
    }));
    return known.byTechnicalName(target);
  }
  const verdict = known.judge(label);
  if (verdict.kind === "technical") {
    log.add("DMFP-LINT-ENTITY-TECHNICAL-NAME", placeOf("EntityName"), () => ({
      message: `${label} is ${verdict.what} of the entity; its label is ${verdict.schema.label}.`,
      fix: `Write ${verdict.schema.label}.`,
    }));
    return verdict.schema;
  }
  const byTarget = target === "" ? undefined : known.byTechnicalName(target);
  if (verdict.kind === "misspelt") {
    log.add("DMFP-LINT-ENTITY-LABEL", placeOf("EntityName"), () => ({
      message: `No entity with the label ${excerpt(label)} is known. Did you mean ${verdict.schema.label}?`,
      fix: `Write ${verdict.schema.label}, or ignore this when the entity is your own.`,
    }));
    return byTarget ?? verdict.schema;
  }
  if (verdict.kind === "unknown") {
    log.add("DMFP-LINT-ENTITY-UNKNOWN", placeOf("EntityName"), () => ({
      message: `dmfpipe does not know ${excerpt(label)}: its fields and keys were not checked.`,
    }));
    return undefined;
  }
  const { schema } = verdict;
  if (target !== "" && target.toLowerCase() !== schema.aotName.toLowerCase()) {
    log.add("DMFP-LINT-ENTITY-TARGET", placeOf("TargetEntity"), () => ({
      message: `TargetEntity is ${excerpt(target)}; the technical name of ${label} is ${schema.aotName}.`,
      fix: `Write ${schema.aotName}, or correct EntityName.`,
    }));
  }
  return schema;
}

/** Yes-or-no members, and those whose absence means no. */
function lintFlags(members: Members, element: ContractElement, context: DocumentContext): void {
  const { log } = context;
  for (const name of ["FailExecutionUnitOnError", "FailLevelOnError", "SkipStaging"])
    booleanOf(members, name, context);
  if (booleanOf(members, "Disable", context) === true) {
    log.add("DMFP-LINT-ENTITY-DISABLED", memberPlace(members.get("Disable") ?? element, context), () => ({
      message: "Disable is true: the entity is not imported.",
    }));
  }
  const flags = { RunBusinessLogic: "insert and update methods", RunBusinessValidation: "validateWrite" };
  for (const [name, what] of Object.entries(flags)) {
    const member = members.get(name);
    const value = booleanOf(members, name, context);
    if (member === undefined) {
      log.add("DMFP-LINT-ENTITY-LOGIC-MISSING", { ...memberPlace(element, context), field: name }, () => ({
        message: `${name} is missing and counts as false: records are written without ${what}.`,
      }));
    } else if (value === false && /^(false|0)$/.test(member.text.trim())) {
      log.add("DMFP-LINT-ENTITY-LOGIC-OFF", memberPlace(member, context), () => ({
        message: `${name} is false: records are written without ${what}.`,
      }));
    }
  }
}
