import { contractDocument, type ContractMembers } from "./contract-xml.ts";
import { entityElement, manifestRoot } from "./contract-members.ts";
import { conversionContract } from "./field-conversion.ts";
import { fieldMap, type FieldMapping } from "./field-map.ts";
import { projectDescription, type PackageVersion } from "./package-header.ts";

/** How one entity is executed and described beside its fields; every member has a default. */
export interface EntitySettings {
  /** Stop the rest of the execution unit when this entity fails. Default false, as in every export seen. */
  readonly failExecutionUnitOnError?: boolean;
  /** Stop the rest of the level when this entity fails. Default false. */
  readonly failLevelOnError?: boolean;
  /** Run the entity's insert and update methods. Default true. */
  readonly runBusinessLogic?: boolean;
  /** Run the entity's validateWrite. Default true. */
  readonly runBusinessValidation?: boolean;
  /** Default empty: a workbook's sheet has a name, other files have none. */
  readonly excelSheetName?: string | null;
  /** Default empty. */
  readonly sampleFilePath?: string | null;
  /** Default `Yes`. */
  readonly validationStatus?: string | null;
  /** Style sheets F&O applies to an XML file before it reads it. Default none. */
  readonly transforms?: readonly EntityTransform[] | null;
  /** Version 2: `FullPush` where an export of a project has it; most have not, and without it, it is not written. */
  readonly defaultRefreshType?: string | null;
  /** Version 2: the entity is switched off in its project. Default false. */
  readonly disabled?: boolean;
  /** Version 2: the packed query of an export. An import needs none. */
  readonly queryData?: string | null;
  /** Version 2: nothing but null was ever seen. */
  readonly queryFilter?: string | null;
  /**
   * Version 2: write to the target without staging. Written only where it is given: no export has the member, and
   * only one hand-made manifest that a live environment took.
   */
  readonly skipStaging?: boolean;
}

/** A style sheet; member names from Microsoft's serializer assembly, never seen in an export. */
export interface EntityTransform {
  readonly sequenceNumber: number;
  readonly xsltFileName: string | null;
  readonly xsltResourceFileName: string | null;
}

/** One entity of a package, as its manifest describes it. */
export interface ManifestEntity extends EntitySettings {
  /** DMF label: what the environment looks the entity up by. */
  readonly label: string;
  /** AOT name, written in packages of version 2 only; null where it is not known. */
  readonly aotName: string | null;
  /** Name of the data file inside the zip. */
  readonly fileName: string;
  /** Name of a source data format of the environment, for example `CSV-Unicode`. */
  readonly sourceFormat: string;
  readonly executionUnit: number;
  /** Level in the execution unit. */
  readonly level: number;
  /** Sequence in the level. */
  readonly sequence: number;
  /** Where each staging field gets its value; those with a column in the order of the data file. */
  readonly fields: readonly FieldMapping[];
}

export interface ManifestOptions {
  /** Name of the data project. */
  readonly project: string;
  /** Description of the data project; cut to 60 characters. */
  readonly description: string;
  readonly packageVersion: PackageVersion;
  /** Version 2: 0 for a data project (default), 1 for a configuration project (the pairing is inferred from exports). */
  readonly projectCategory?: number;
  readonly entities: readonly ManifestEntity[];
}

/**
 * Manifest.xml as F&O writes it.
 *
 * The field map is always explicit: observed on a live environment, a manifest without one imports "with
 * success" and loads nothing. Business logic and validation are always written: what is missing counts as
 * false for the serializer. Throws DMFP-PROJECT-INVALID for a text that XML cannot carry.
 */
export function manifest(options: ManifestOptions): Buffer {
  const version2 = options.packageVersion === 2;
  return contractDocument({
    name: manifestRoot,
    members: {
      DefinitionGroupName: options.project,
      Description: projectDescription(options.description),
      PackageEntityList: options.entities.map((entity) => ({
        name: entityElement,
        members: version2
          ? { ...version1Members(entity), ...version2Members(entity) }
          : version1Members(entity),
      })),
      ProjectCategory: version2 ? (options.projectCategory ?? 0) : undefined,
      // Nothing but null was ever seen.
      RulesData: version2 ? null : undefined,
    },
  });
}

function version1Members(entity: ManifestEntity): ContractMembers {
  return {
    EntityMapList: entity.fields.map((field) => ({ name: "EntityMap", members: mapContract(field) })),
    EntityName: entity.label,
    EntityTransformList: entity.transforms?.map(transformItem) ?? null,
    ExcelSheetName: orDefault(entity.excelSheetName, ""),
    ExecutionUnit: entity.executionUnit,
    FailExecutionUnitOnError: entity.failExecutionUnitOnError ?? false,
    FailLevelOnError: entity.failLevelOnError ?? false,
    InputFilePath: entity.fileName,
    LevelInExecutionUnit: entity.level,
    RunBusinessLogic: entity.runBusinessLogic ?? true,
    RunBusinessValidation: entity.runBusinessValidation ?? true,
    SampleFilePath: orDefault(entity.sampleFilePath, ""),
    SequenceInLevel: entity.sequence,
    SourceFormat: entity.sourceFormat,
    ValidationStatus: orDefault(entity.validationStatus, "Yes"),
  };
}

function version2Members(entity: ManifestEntity): ContractMembers {
  return {
    DefaultRefreshType: entity.defaultRefreshType,
    Disable: entity.disabled ?? false,
    QueryData: entity.queryData ?? null,
    QueryFilter: entity.queryFilter ?? null,
    SkipStaging: entity.skipStaging,
    TargetEntity: entity.aotName,
  };
}

/** null is a value of its own here: it is written as such. */
function orDefault(value: string | null | undefined, otherwise: string): string | null {
  return value === undefined ? otherwise : value;
}

/** The flags are false in every exported map that was seen (1,216 of them). */
function mapContract(mapping: FieldMapping): ContractMembers {
  const map = fieldMap(mapping);
  const conversions = map.conversions ?? [];
  return {
    ArrayIndex: map.arrayIndex ?? 0,
    EntityField: map.field,
    EntityFieldConversionList:
      conversions.length === 0
        ? null
        : conversions.map((conversion) => ({
            name: "EntityFieldConversion",
            members: conversionContract(conversion),
          })),
    IsAutoDefault: map.autoDefault ?? false,
    IsAutoGenerated: map.autoGenerated ?? false,
    IsDefaultValueEqualNull: map.defaultValueEqualsNull ?? false,
    UseTextQualifier: map.textQualifier ?? false,
    XMLField: map.column,
  };
}

function transformItem(transform: EntityTransform): { name: string; members: ContractMembers } {
  return {
    name: "EntityTransform",
    members: {
      SequenceNumber: transform.sequenceNumber,
      XsltFileName: transform.xsltFileName,
      XsltResourceFileName: transform.xsltResourceFileName,
    },
  };
}
