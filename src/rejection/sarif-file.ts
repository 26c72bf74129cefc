import path from "node:path";
import { pathToFileURL } from "node:url";
import { PartialFile } from "../package/partial-file.ts";

/** Something a tool looks for: SARIF's reportingDescriptor. */
export interface SarifRule {
  /** Stable: consoles know a finding by it. */
  readonly id: string;
  /** One short sentence. */
  readonly title: string;
  /** What to do about it. */
  readonly help: string;
  /** Level of its results unless they say otherwise. Default: error. */
  readonly level?: SarifLevel;
}

export type SarifLevel = "error" | "warning" | "note";

/** One finding. */
export interface SarifResult {
  readonly ruleId: string;
  readonly level: SarifLevel;
  readonly message: string;
  /** Path of the file as people name it: relative to the root, or absolute. */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** The last line, where the finding is about several. */
  readonly endLine?: number | undefined;
  readonly column?: number | undefined;
  /** What it is about beside a place in a file, from the outside in: entity, company, field. */
  readonly logicalPlace?: readonly string[] | undefined;
  /** Equal for the same finding of another run, and for nothing else. */
  readonly fingerprint: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface SarifOptions {
  /** Path of the file to write. */
  readonly file: string;
  /** Version of dmfpipe. */
  readonly version: string;
  /** Absolute path of the folder that relative paths start from. */
  readonly root: string;
  /** Says which analysis this is, so that a console does not mix it with others: `check/uat`. */
  readonly category: string;
  /** Every rule a result may name. */
  readonly rules: readonly SarifRule[];
}

/** How the tool's own work ended. */
export interface SarifEnd {
  /** False where it was stopped, so that the results are not all there are. */
  readonly successful: boolean;
  readonly exitCode: number;
  /** What stopped it, in sentences. */
  readonly notifications?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * Writes a SARIF 2.1.0 log of one run, result by result, so that their number does not count. All of them are
 * written, though consoles show fewer (GitHub takes 25,000 a run and shows 5,000). Paths are relative to %SRCROOT%.
 * Every method throws DMFP-FILE-WRITE when the disk refuses.
 */
export class SarifFile {
  readonly #file: PartialFile;
  readonly #options: SarifOptions;
  readonly #indexOfRule: ReadonlyMap<string, number>;
  #results = 0;

  private constructor(file: PartialFile, options: SarifOptions) {
    this.#file = file;
    this.#options = options;
    this.#indexOfRule = new Map(options.rules.map(({ id }, index) => [id, index]));
  }

  static async open(options: SarifOptions): Promise<SarifFile> {
    const sarif = new SarifFile(await PartialFile.open(options.file), options);
    await sarif.#begin();
    return sarif;
  }

  /** Results that were written. */
  get results(): number {
    return this.#results;
  }

  async write(result: SarifResult): Promise<void> {
    const { ruleId, level, message, fingerprint, properties } = result;
    const place = this.#location(result);
    const json = JSON.stringify({
      ruleId,
      ruleIndex: this.#indexOfRule.get(ruleId),
      level,
      message: { text: message },
      ...(place === undefined ? {} : { locations: [place] }),
      partialFingerprints: { "dmfpipe/v1": fingerprint },
      ...(properties === undefined ? {} : { properties }),
    });
    await this.#file.write(`${this.#results === 0 ? "" : ",\n"}${json}`);
    this.#results++;
  }

  /** Completes the file and gives it its name. */
  async close(end: SarifEnd): Promise<void> {
    const { successful, exitCode, notifications = [], properties } = end;
    const invocation = {
      executionSuccessful: successful,
      exitCode,
      ...(notifications.length === 0
        ? {}
        : {
            toolExecutionNotifications: notifications.map((text) => ({ level: "error", message: { text } })),
          }),
    };
    const rest = { invocations: [invocation], ...(properties === undefined ? {} : { properties }) };
    await this.#file.write(`\n],${JSON.stringify(rest).slice(1)}]}\n`);
    await this.#file.publish();
  }

  /** Gives up and leaves no half-written file behind. Never throws. */
  async abort(): Promise<void> {
    await this.#file.discard();
  }

  async #begin(): Promise<void> {
    const { version, root, category, rules } = this.#options;
    const driver = {
      name: "dmfpipe",
      version,
      // No helpUri: it has to be an absolute address, and the pages lie beside the tool, in docs/.
      rules: rules.map(({ id, title, help, level = "error" }) => ({
        id,
        shortDescription: { text: title },
        help: { text: help },
        defaultConfiguration: { level },
      })),
    };
    const run = {
      tool: { driver },
      automationDetails: { id: `dmfpipe/${category}/` },
      originalUriBaseIds: { "%SRCROOT%": { uri: `${pathToFileURL(root).href.replace(/\/$/, "")}/` } },
      columnKind: "utf16CodeUnits",
    };
    const head = JSON.stringify({ $schema: schema, version: "2.1.0" }).slice(0, -1);
    await this.#file.write(`${head},"runs":[${JSON.stringify(run).slice(0, -1)},"results":[\n`);
  }

  #location(result: SarifResult): object | undefined {
    const { file, line, endLine, column, logicalPlace = [] } = result;
    const region =
      line === undefined
        ? undefined
        : {
            startLine: line,
            ...(column === undefined ? {} : { startColumn: column }),
            ...(endLine === undefined || endLine <= line ? {} : { endLine }),
          };
    const name = logicalPlace.at(-1);
    if (file === undefined && name === undefined) return undefined;
    return {
      ...(file === undefined
        ? {}
        : {
            physicalLocation: {
              artifactLocation: artifact(file, this.#options.root),
              ...(region === undefined ? {} : { region }),
            },
          }),
      ...(name === undefined
        ? {}
        : { logicalLocations: [{ name, fullyQualifiedName: logicalPlace.join("/") }] }),
    };
  }
}

/** A path below the root is relative to it; any other is an address of its own. */
function artifact(file: string, root: string): object {
  const relative = path.relative(root, path.resolve(root, file));
  if (relative.startsWith("..") || path.isAbsolute(relative)) {
    return { uri: pathToFileURL(path.resolve(root, file)).href };
  }
  const uri = relative.split(path.sep).map(encodeURIComponent).join("/");
  return { uri, uriBaseId: "%SRCROOT%" };
}
