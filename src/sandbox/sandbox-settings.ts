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
}

/**
 * How this F&O behaves. Each setting stands for something that differs between real environments, or that no
 * source documents; docs/sandbox.md gives the evidence behind every default.
 */
export interface SandboxSettings {
  readonly tenant: string;
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

  /** Text formats beside CSV-Unicode, by the name a manifest uses. */
  readonly sourceFormats: Readonly<Record<string, TextFormat>>;
  /** What a column of the data file that the manifest does not map does. */
  readonly unmappedFileColumns: "refuse" | "ignore";
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
  /** How many requests for the address of the target error keys file are answered with "" at first. */
  readonly keysFilePolls: number;

  readonly faults: readonly Fault[];
}

export const defaultSettings: SandboxSettings = {
  tenant: "sandbox.onmicrosoft.com",
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
  sourceFormats: {},
  unmappedFileColumns: "refuse",
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
  keysFilePolls: 1,
  faults: [],
};
