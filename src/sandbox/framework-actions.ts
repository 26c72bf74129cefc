/** An action of the Data management framework, bound to the set DataManagementDefinitionGroups. */
export interface FrameworkAction {
  readonly name: string;
  /** Names and types, without the binding parameter. */
  readonly parameters: readonly (readonly [name: string, type: "Edm.String" | "Edm.Boolean"])[];
  readonly returns?: string;
}

const importParameters: FrameworkAction["parameters"] = [
  ["packageUrl", "Edm.String"],
  ["definitionGroupId", "Edm.String"],
  ["executionId", "Edm.String"],
  ["execute", "Edm.Boolean"],
  ["overwrite", "Edm.Boolean"],
  ["legalEntityId", "Edm.String"],
];

const exportParameters: FrameworkAction["parameters"] = [
  ["definitionGroupId", "Edm.String"],
  ["packageName", "Edm.String"],
  ["executionId", "Edm.String"],
  ["reExecute", "Edm.Boolean"],
  ["legalEntityId", "Edm.String"],
];

const executionId: FrameworkAction["parameters"] = [["executionId", "Edm.String"]];
const executionEntity: FrameworkAction["parameters"] = [...executionId, ["entityName", "Edm.String"]];

/** The actions as Microsoft's documentation of the data management package API and public clients describe them. */
export const frameworkActions: readonly FrameworkAction[] = [
  { name: "DeleteExecutionHistoryJob", parameters: executionId },
  { name: "ExportToPackage", parameters: exportParameters, returns: "Edm.String" },
  {
    name: "GenerateImportTargetErrorKeysFile",
    parameters: executionEntity,
    returns: "Edm.Boolean",
  },
  { name: "GetAzureWriteUrl", parameters: [["uniqueFileName", "Edm.String"]], returns: "Edm.String" },
  {
    name: "GetEntityExecutionSummaryStatusList",
    parameters: executionId,
    returns: "Collection(Edm.String)",
  },
  { name: "GetEntitySequence", parameters: [["listOfDataEntities", "Edm.String"]], returns: "Edm.String" },
  { name: "GetExecutionErrors", parameters: executionId, returns: "Edm.String" },
  {
    name: "GetExecutionIdByMessageId",
    parameters: [["_messageId", "Edm.String"]],
    returns: "Edm.String",
  },
  { name: "GetExecutionSummaryPageUrl", parameters: executionId, returns: "Edm.String" },
  {
    name: "GetExecutionSummaryStatus",
    parameters: executionId,
    returns: "Microsoft.Dynamics.DataEntities.DMFExecutionSummaryStatus",
  },
  { name: "GetExportedPackageUrl", parameters: executionId, returns: "Edm.String" },
  { name: "GetImportStagingErrorFileUrl", parameters: executionEntity, returns: "Edm.String" },
  { name: "GetImportTargetErrorKeysFileUrl", parameters: executionEntity, returns: "Edm.String" },
  { name: "GetMessageStatus", parameters: [["messageId", "Edm.String"]], returns: "Edm.String" },
  { name: "ImportFromPackage", parameters: importParameters, returns: "Edm.String" },
  { name: "ImportFromPackageAsync", parameters: importParameters, returns: "Edm.String" },
  { name: "InitializeDataManagement", parameters: [] },
];

/** Members of the enum a status is one of, in the order of Microsoft's documentation. */
export const executionStatuses = [
  "Unknown",
  "NotRun",
  "Executing",
  "Succeeded",
  "PartiallySucceeded",
  "Failed",
  "Canceled",
];
