import {
  contractNamespace,
  conversionMembers,
  conversionValueMembers,
  entityElement,
  entityMembers,
  headerMembers,
  headerRoot,
  manifestMembers,
  manifestRoot,
  mapMembers,
  transformMembers,
  version2EntityMembers,
} from "./contract-members.ts";
import { readContract, type ContractElement } from "./contract-reader.ts";
import { emptyDate, emptyGuid, type ConversionValue, type FieldConversion } from "./field-conversion.ts";
import type { FieldMap } from "./field-map.ts";
import type { EntityTransform, ManifestEntity, ManifestOptions } from "./manifest.ts";
import { MemberReader, type ContractRemark } from "./member-reader.ts";

/** A manifest as it can be written again. */
export interface ReadManifest {
  /** What it says; `manifest()` writes the same members again. Its version is guessed by the members it has. */
  readonly manifest: ManifestOptions;
  /** What F&O's serializer would take otherwise than it was meant, in the order of the document. */
  readonly remarks: readonly ContractRemark[];
}

/** Members that exports lack, or that only one of the two versions has. */
const optionalEntityMembers = ["DefaultRefreshType", "SkipStaging"];

/**
 * Reads Manifest.xml, from whoever it is. Members are found wherever they stand and whatever their namespace, because
 * what its author meant matters here; where F&O's serializer would see something else, there is a remark.
 *
 * Throws DMFP-PACKAGE-UNREADABLE when the bytes are no well-formed XML.
 */
export function readManifest(bytes: Buffer): ReadManifest {
  const element = readContract(bytes, "Manifest.xml");
  const remarks: ContractRemark[] = [];
  checkRoot(element, manifestRoot, remarks);
  const version2 = isVersion2(element);
  const root = new MemberReader(element, {
    path: "",
    known: manifestMembers,
    optional: version2 ? [] : ["ProjectCategory", "RulesData"],
    remarks,
  });
  const rules = element.children.find((child) => child.name === "RulesData");
  if (rules !== undefined && (rules.children.length > 0 || rules.text !== "")) {
    const { line, column } = rules;
    const text = "RulesData has content, which dmfpipe does not know and does not keep";
    remarks.push({ kind: "value", path: "RulesData", line, column, text });
  }
  const optional = version2 ? optionalEntityMembers : version2EntityMembers;
  const entities = root.list("PackageEntityList", { name: entityElement, known: entityMembers, optional });
  return {
    manifest: {
      project: root.text("DefinitionGroupName") ?? "",
      description: root.text("Description") ?? "",
      packageVersion: version2 ? 2 : 1,
      ...(root.has("ProjectCategory") ? { projectCategory: root.number("ProjectCategory") } : {}),
      entities: entities?.map(entityOf) ?? [],
    },
    remarks: inOrder(remarks),
  };
}

/** PackageHeader.xml as it stands; null where a member is absent or nil. */
export interface ReadHeader {
  readonly description: string | null;
  readonly manifestType: string | null;
  readonly packageType: string | null;
  readonly packageVersion: number;
  readonly remarks: readonly ContractRemark[];
}

/** Reads PackageHeader.xml as readManifest reads the manifest. Throws DMFP-PACKAGE-UNREADABLE. */
export function readPackageHeader(bytes: Buffer): ReadHeader {
  const element = readContract(bytes, "PackageHeader.xml");
  const remarks: ContractRemark[] = [];
  checkRoot(element, headerRoot, remarks);
  const members = new MemberReader(element, { path: "", known: headerMembers, remarks });
  return {
    description: members.text("Description") ?? null,
    manifestType: members.text("ManifestType") ?? null,
    packageType: members.text("PackageType") ?? null,
    packageVersion: members.number("PackageVersion"),
    remarks: inOrder(remarks),
  };
}

/** The manifest does not name its version; members that version 1 does not have give it away. */
function isVersion2(root: ContractElement): boolean {
  const list = root.children.find((child) => child.name === "PackageEntityList");
  const names: readonly string[] = version2EntityMembers;
  return (
    root.children.some(({ name }) => name === "ProjectCategory" || name === "RulesData") ||
    (list?.children.some((entity) => entity.children.some(({ name }) => names.includes(name))) ?? false)
  );
}

function checkRoot(root: ContractElement, expected: string, remarks: ContractRemark[]): void {
  const { name, namespace, line, column } = root;
  if (name === expected && namespace === contractNamespace) return;
  const text = `the document is ${name} of the namespace "${namespace}"; F&O wants ${expected} of "${contractNamespace}"`;
  remarks.push({ kind: "root", path: "", line, column, text });
}

/** Members are read in an order of their own; remarks are wanted in that of the document. */
function inOrder(remarks: ContractRemark[]): ContractRemark[] {
  return remarks.sort((a, b) => a.line - b.line || a.column - b.column);
}

function entityOf(members: MemberReader): ManifestEntity {
  const maps = members.list("EntityMapList", { name: "EntityMap", known: mapMembers });
  const transforms = members.list("EntityTransformList", {
    name: "EntityTransform",
    known: transformMembers,
  });
  return {
    label: members.text("EntityName") ?? "",
    aotName: members.text("TargetEntity") ?? "",
    fileName: members.text("InputFilePath") ?? "",
    sourceFormat: members.text("SourceFormat") ?? "",
    executionUnit: members.number("ExecutionUnit"),
    level: members.number("LevelInExecutionUnit"),
    sequence: members.number("SequenceInLevel"),
    fields: maps?.map(mapOf) ?? [],
    failExecutionUnitOnError: members.flag("FailExecutionUnitOnError"),
    failLevelOnError: members.flag("FailLevelOnError"),
    runBusinessLogic: members.flag("RunBusinessLogic"),
    runBusinessValidation: members.flag("RunBusinessValidation"),
    excelSheetName: members.text("ExcelSheetName") ?? null,
    sampleFilePath: members.text("SampleFilePath") ?? null,
    validationStatus: members.text("ValidationStatus") ?? null,
    transforms: transforms?.map(transformOf) ?? null,
    ...(members.has("DefaultRefreshType")
      ? { defaultRefreshType: members.text("DefaultRefreshType") ?? null }
      : {}),
    ...(members.has("Disable") ? { disabled: members.flag("Disable") } : {}),
    ...(members.has("QueryData") ? { queryData: members.text("QueryData") ?? null } : {}),
    ...(members.has("QueryFilter") ? { queryFilter: members.text("QueryFilter") ?? null } : {}),
    ...(members.has("SkipStaging") ? { skipStaging: members.flag("SkipStaging") } : {}),
  };
}

function mapOf(members: MemberReader): FieldMap {
  const conversions = members.list("EntityFieldConversionList", {
    name: "EntityFieldConversion",
    known: conversionMembers,
  });
  return {
    field: members.text("EntityField") ?? "",
    column: members.text("XMLField") ?? "",
    arrayIndex: members.number("ArrayIndex"),
    autoGenerated: members.flag("IsAutoGenerated"),
    autoDefault: members.flag("IsAutoDefault"),
    defaultValueEqualsNull: members.flag("IsDefaultValueEqualNull"),
    textQualifier: members.flag("UseTextQualifier"),
    conversions: conversions?.map(conversionOf) ?? null,
  };
}

function conversionOf(members: MemberReader): FieldConversion {
  return {
    fieldType: members.text("FieldType") ?? null,
    isDefault: members.flag("IsDefault"),
    source: valueOf(members.object("Source", conversionValueMembers)),
    staging: valueOf(members.object("Staging", conversionValueMembers)),
  };
}

/** Numbers with a fraction, dates and GUIDs stay the text they are: nothing of them may be lost. */
function valueOf(members: MemberReader | undefined): ConversionValue {
  if (members === undefined) return {};
  return {
    dateValue: members.text("DateValue") ?? emptyDate,
    guidValue: members.text("GuidValue") ?? emptyGuid,
    intValue: members.number("IntValue"),
    realValue: members.text("RealValue") ?? "0",
    strValue: members.text("StrValue") ?? null,
    timeValue: members.number("TimeValue"),
    utcDateTime: members.text("UtcDateTime") ?? emptyDate,
  };
}

function transformOf(members: MemberReader): EntityTransform {
  return {
    sequenceNumber: members.number("SequenceNumber"),
    xsltFileName: members.text("XsltFileName") ?? null,
    xsltResourceFileName: members.text("XsltResourceFileName") ?? null,
  };
}
