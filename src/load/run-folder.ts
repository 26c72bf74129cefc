import { existsSync } from "node:fs";
import path from "node:path";

/** Names of everything a run leaves in `.dmfpipe/runs/<run id>/`. All paths are absolute. */
export class RunFolder {
  readonly path: string;

  constructor(projectRoot: string, runId: string) {
    this.path = path.join(runsFolder(projectRoot), runId);
  }

  get packages(): string {
    return path.join(this.path, "packages");
  }

  get rejections(): string {
    return path.join(this.path, "rejections");
  }

  /**
   * Rejections as they come: one file per entity for our own, one per package for those of F&O. Not beside the files
   * that people correct, or somebody corrects one of these; and not removed when the run is over: a resubmission looks
   * into them. A run that an earlier version began keeps its place, or its `resume` would find nothing.
   */
  get rejectionParts(): string {
    const earlier = path.join(this.rejections, "parts");
    return existsSync(earlier) ? earlier : path.join(this.path, "work");
  }

  /** What the environment's error channels answered, untouched. */
  get errorChannels(): string {
    return path.join(this.rejections, "from-environment");
  }

  get rejectionsFile(): string {
    return path.join(this.path, "rejections", "rejections.ndjson");
  }

  /** What the rejections go back to. */
  get causesFile(): string {
    return path.join(this.path, "causes.json");
  }

  get summaryFile(): string {
    return path.join(this.path, "summary.json");
  }

  /** What the sources hold, column by column (`check`). */
  get profileFile(): string {
    return path.join(this.path, "profile.json");
  }

  /** The records that are loaded again, of a resubmission. */
  get resubmissionFile(): string {
    return path.join(this.path, "resubmission.db");
  }

  /** What the run says of rejections over time, until the ledger knows it. */
  get trendFile(): string {
    return path.join(this.path, "trend.db");
  }

  get reportFile(): string {
    return path.join(this.path, "report.html");
  }

  get workbookFile(): string {
    return path.join(this.path, "report.xlsx");
  }

  /** One folder for each owner of rejections. */
  get stewards(): string {
    return path.join(this.path, "stewards");
  }

  get logFile(): string {
    return path.join(this.path, "log.ndjson");
  }

  packageFile(key: string): string {
    return path.join(this.packages, `${key}.zip`);
  }

  /** Where in the source each row of an entity of the package comes from. `position`: the entity's in the plan. */
  rowIndexFile(key: string, position: number): string {
    return path.join(this.packages, `${key}.${String(position).padStart(3, "0")}.rows`);
  }

  ownRejections(position: number): string {
    return path.join(this.rejectionParts, `${String(position).padStart(3, "0")}.own.ndjson`);
  }

  /** What F&O refused of an entity of the package. `position`: the entity's in the plan. */
  packageRejections(key: string, position: number): string {
    return path.join(this.rejectionParts, `${key}.${String(position).padStart(3, "0")}.ndjson`);
  }

  unattributedMessages(key: string): string {
    return path.join(this.rejectionParts, `${key}.unattributed.ndjson`);
  }

  /** All messages of the run that fit no record; there is no file where there are none. */
  get unattributedFile(): string {
    return path.join(this.rejections, "unattributed.ndjson");
  }

  /** All messages of the run that explain nothing, because they are declared to be harmless; no file without any. */
  get noiseFile(): string {
    return path.join(this.rejections, "noise.ndjson");
  }

  /** Which files hold what the environment's error channels answered about a package. */
  errorFileList(key: string): string {
    return path.join(this.rejectionParts, `${key}.error-files.json`);
  }

  /** For work in progress on a package; removed when it is done. */
  scratch(key: string): string {
    return path.join(this.rejectionParts, `${key}.scratch`);
  }
}

/** The folder of all runs of a project. */
export function runsFolder(projectRoot: string): string {
  return path.join(projectRoot, ".dmfpipe", "runs");
}

/** The ledger of a project. */
export function ledgerFile(projectRoot: string): string {
  return path.join(projectRoot, ".dmfpipe", "ledger.db");
}
