import type { Fault } from "./fault-plan.ts";

/** A delimited text format the environment has set up beside the built-in CSV-Unicode. */
export interface TextFormat {
  /** 65001 is UTF-8, 1200 is UTF-16 little endian with a byte order mark. */
  readonly codePage: 65001 | 1200;
  readonly delimiter: string;
}

/** An application that Microsoft Entra knows. */
export interface SandboxApplication {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether it is listed in F&O under Microsoft Entra applications; if not, its tokens are answered with 401. */
  readonly registered: boolean;
  /** Whether the user behind it may use data management; if not, the answer is 403. */
  readonly mayManageData: boolean;
  /** When the secret ends, as an ISO 8601 time; from then on it is refused with AADSTS7000222. */
  readonly secretExpiresAt?: string;
  /** Certificates (PEM) the application may sign its client assertions with. */
  readonly certificates?: readonly string[];
  /** False: nobody consented to the application; it is refused with AADSTS65001. */
  readonly consented?: boolean;
}

/** A recurring data job: a queue of files that come in, or of packages to be fetched. */
export interface RecurringJob {
  readonly activityId: string;
  /** The data project the job belongs to. */
  readonly project: string;
  readonly direction: "import" | "export";
  /** Legal entity; for imports only where a message names none. */
  readonly company?: string;
  /** Applications in the authorization policy; absent: all that are registered. */
  readonly clientIds?: readonly string[];
  /** Exports: how often the recurrence is due. Default 60. */
  readonly everySeconds?: number;
}

/**
 * How this F&O behaves. Each setting stands for something that differs between real environments, or that no
 * source documents; docs/sandbox.md gives the evidence behind every default.
 */
export interface SandboxSettings {
  readonly tenant: string;
  /** The tenant's id: it stands in tokens, and addresses may name the tenant by it. */
  readonly tenantId: string;
  readonly applications: readonly SandboxApplication[];
  /** Life of an access token in seconds. */
  readonly tokenLifetimeSeconds: number;
  /** Company of a request that names none. */
  readonly defaultCompany: string;

  /** Life of a writable blob address, from the moment it is given out. */
  readonly writeUrlLifetimeSeconds: number;
  /** How far in the past the validity of a blob address begins. */
  readonly blobUrlStartsSecondsAgo: number;
  /** Life of a readable blob address (error files). */
  readonly readUrlLifetimeSeconds: number;

  /** How long blobs are kept. */
  readonly blobRetentionDays: number;

  /** Shape of what ExportToPackage and GetExportedPackageUrl answer: a string, or an object that holds it. */
  readonly exportAnswers: "plain" | "nested";
  /** What GetEntityExecutionSummaryStatusList lists for an entity: its status, or name and status as JSON. */
  readonly entityStatusList: "status" | "json";

  /** Text formats beside CSV-Unicode, by the name a manifest uses. */
  readonly sourceFormats: Readonly<Record<string, TextFormat>>;
  /** What a column of the data file that the manifest does not map does. */
  readonly unmappedFileColumns: "refuse" | "ignore";
  /** What a row does that does not fit its entity: it goes to the error file, or the whole file is refused. */
  readonly invalidRows: "error-file" | "refuse-file";
  /** Whether a data file that the manifest names and the package lacks refuses the import at once. */
  readonly inputFileCheck: boolean;
  /** Record elements of XML files: the AOT name in upper case or as it is. */
  readonly xmlEntityNames: "upper" | "pascal";
  /** How a manifest describes a composite entity: one entry for it, or one more for each entity in it. */
  readonly compositeManifest: "any" | "one-entry" | "entry-per-entity";
  /** What a composite file does that has no element at all for one of the embedded entities. */
  readonly compositeWithoutChild: "refuse" | "accept";
  /** Greatest size of a package, and of all its files together once unpacked. */
  readonly packageSizeLimitBytes: number;
  readonly unpackedSizeLimitBytes: number;

  /** An execution id that comes a second time: refused, run again, or answered without doing anything. */
  readonly sameExecutionId: "refuse" | "again" | "echo";
  /** Whether ImportFromPackage may be called while another call is still unpacking. */
  readonly enhancedParallelImport: boolean;
  /** Whether a run that is still executing blocks the next start of the same data project. */
  readonly executingRunBlocksProject: boolean;
  /** How many status requests are answered with "Execution details were not found" at first. */
  readonly detailsNotFoundPolls: number;
  /** How long ImportFromPackage holds the connection after staging. */
  readonly importHoldMs: number;
  /** How long the batch waits before the target step of an execution begins. */
  readonly targetDelayMs: number;

  /** Inner JSON of GetExecutionErrors: with raw quotes and line breaks, or escaped. */
  readonly executionErrorsJson: "malformed" | "escaped";
  /** Whether rows that fail on their way into staging are listed by GetExecutionErrors too. */
  readonly stagingErrorsInExecutionErrors: boolean;
  /** Whether the Field of an execution error is filled in. */
  readonly executionErrorField: "empty" | "name";
  /** What stands between the values of a key with several fields in a RecordId. */
  readonly keySeparator: string;
  /** Layout of the staging error file: no sample of the real one is public. `without header` is for text files. */
  readonly stagingErrorFile: "as input" | "without header" | "csv utf-8";
  /** Layout of the target error keys file, one key a line in each: no sample of the real one is public. */
  readonly targetKeysFile: "utf-8" | "utf-16" | "with header";
  /** How many requests for the address of the target error keys file are answered with "" at first. */
  readonly keysFilePolls: number;

  readonly recurringJobs: readonly RecurringJob[];
  /** How long a message stays in its queue before the batch takes it. */
  readonly recurringImportDelayMs: number;
  /** How long a message may be dequeued without being acknowledged until it is given out again. */
  readonly recurringAckSeconds: number;

  /** Greatest page of an OData answer. */
  readonly odataPageRows: number;
  /** OData requests (operations of a batch each count) within the window; more are answered with 429. 0: no limit. */
  readonly odataRequestsPerWindow: number;
  readonly odataWindowSeconds: number;
  /** HTTP status of a row that OData cannot write because the business refuses it; in a changeset it is 500. */
  readonly writeFailedStatus: number;
  /** Greatest number of operations in one $batch. */
  readonly batchOperationLimit: number;
  /** Whether the lines of a $batch must end with CRLF. */
  readonly batchLineEnds: "crlf" | "any";
  /** Where the error of a changeset stands: in an answer of the changeset, or bare in the answer of the batch. */
  readonly failedChangeset: "wrapped" | "bare";

  readonly faults: readonly Fault[];
}

export const defaultSettings: SandboxSettings = {
  tenant: "sandbox.onmicrosoft.com",
  tenantId: "5a0db0c5-0000-4000-8000-0000000000aa",
  applications: [
    {
      clientId: "5a0db0c5-0000-4000-8000-00000000d1f0",
      clientSecret: "sandbox-secret-registered",
      registered: true,
      mayManageData: true,
    },
    {
      clientId: "5a0db0c5-0000-4000-8000-00000000d1f1",
      clientSecret: "sandbox-secret-unregistered",
      registered: false,
      mayManageData: true,
    },
    {
      clientId: "5a0db0c5-0000-4000-8000-00000000d1f2",
      clientSecret: "sandbox-secret-no-role",
      registered: true,
      mayManageData: false,
    },
  ],
  tokenLifetimeSeconds: 3599,
  defaultCompany: "USMF",
  writeUrlLifetimeSeconds: 30 * 60,
  blobUrlStartsSecondsAgo: 5 * 60,
  readUrlLifetimeSeconds: 60 * 60,
  blobRetentionDays: 7,
  exportAnswers: "plain",
  entityStatusList: "status",
  sourceFormats: {},
  unmappedFileColumns: "refuse",
  invalidRows: "error-file",
  inputFileCheck: true,
  xmlEntityNames: "upper",
  compositeManifest: "any",
  compositeWithoutChild: "refuse",
  packageSizeLimitBytes: 2 * 1024 ** 3,
  unpackedSizeLimitBytes: 8 * 1024 ** 3,
  sameExecutionId: "refuse",
  enhancedParallelImport: false,
  executingRunBlocksProject: true,
  detailsNotFoundPolls: 1,
  importHoldMs: 0,
  targetDelayMs: 0,
  executionErrorsJson: "malformed",
  stagingErrorsInExecutionErrors: false,
  executionErrorField: "empty",
  keySeparator: ",",
  stagingErrorFile: "as input",
  targetKeysFile: "utf-8",
  keysFilePolls: 1,
  recurringJobs: [],
  recurringImportDelayMs: 0,
  recurringAckSeconds: 30 * 60,
  odataPageRows: 10_000,
  odataRequestsPerWindow: 0,
  odataWindowSeconds: 300,
  writeFailedStatus: 400,
  batchOperationLimit: 5000,
  batchLineEnds: "crlf",
  failedChangeset: "wrapped",
  faults: [],
};
