import path from "node:path";

/** Names of everything a run leaves in `.dmfpipe/runs/<run id>/`. All paths are absolute. */
export class RunFolder {
  readonly path: string;

  constructor(projectRoot: string, runId: string) {
    this.path = path.join(projectRoot, ".dmfpipe", "runs", runId);
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

  get reportFile(): string {
    return path.join(this.path, "report.html");
  }

  get logFile(): string {
    return path.join(this.path, "log.ndjson");
  }

  packageFile(key: string): string {
    return path.join(this.packages, `${key}.zip`);
  }

  /** Where in the source each row of the package comes from. */
  rowIndexFile(key: string): string {
    return path.join(this.packages, `${key}.rows`);
  }

  ownRejections(position: number): string {
    return path.join(this.rejectionParts, `${String(position).padStart(3, "0")}.own.ndjson`);
  }

  packageRejections(key: string): string {
    return path.join(this.rejectionParts, `${key}.ndjson`);
  }

  unattributedMessages(key: string): string {
    return path.join(this.rejectionParts, `${key}.unattributed.json`);
  }
}

/** The ledger of a project. */
export function ledgerFile(projectRoot: string): string {
  return path.join(projectRoot, ".dmfpipe", "ledger.db");
}
