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

  /** Rejections as they come: one file per entity for our own, one per package for those of F&O. */
  get rejectionParts(): string {
    return path.join(this.rejections, "parts");
  }

  /** What the environment's error channels answered, untouched. */
  get errorChannels(): string {
    return path.join(this.rejections, "from-environment");
  }

  get rejectionsFile(): string {
    return path.join(this.path, "rejections", "rejections.ndjson");
  }

  get summaryFile(): string {
    return path.join(this.path, "summary.json");
  }

  /** What the sources hold, column by column (`check`). */
  get profileFile(): string {
    return path.join(this.path, "profile.json");
  }

  get reportFile(): string {
    return path.join(this.path, "report.html");
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
    return path.join(this.rejectionParts, `${key}.unattributed.json`);
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
