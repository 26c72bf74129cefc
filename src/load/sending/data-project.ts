import type { DataProject } from "../../environment/data-projects.ts";
import type { Environment } from "../../environment/environment.ts";
import { asDmfpipeError, type DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../../errors/registry.ts";
import type { Project } from "../../project/project.ts";
import { compositeDescription } from "../composite/composite-packer.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { LoadEvent } from "../run-log.ts";

/** What is known of a data project before a package is imported into it. */
type Standing =
  /** dmfpipe made it, or its definition. */
  | "own"
  | "missing"
  /** Somebody else made it. */
  | "foreign"
  /** The environment does not say. */
  | "unknown";

/** After these, whether there is a data project is not known, and a load can go on without knowing. */
const unanswered: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DMFP-DATA-PROJECT",
  "DMFP-AUTH-ROLE",
  "DMFP-HTTP-REFUSED",
]);

/**
 * The data projects that the packages of a run go into. Before the first package of each, the environment is asked
 * whether it has the project: whose definition would be replaced is told once, unless it is dmfpipe's own, and the project of
 * a composite entity is made where it is missing (Microsoft's documentation of the package API: it has to be there
 * before the import). All of it is asked and done anew by whoever resumes the run; nothing of it is done twice.
 *
 * A project is dmfpipe's own where its description is the one dmfpipe writes, or where the ledger has it (no source says
 * whether F&O takes the description from a package).
 */
export class DataProjectCheck {
  readonly #run: string;
  readonly #project: Project;
  readonly #environment: Environment;
  readonly #ledger: Ledger;
  readonly #log: (event: LoadEvent) => void;
  readonly #known = new Map<string, Standing>();

  constructor(options: {
    readonly run: string;
    readonly project: Project;
    readonly environment: Environment;
    readonly ledger: Ledger;
    readonly log: (event: LoadEvent) => void;
  }) {
    this.#run = options.run;
    this.#project = options.project;
    this.#environment = options.environment;
    this.#ledger = options.ledger;
    this.#log = options.log;
  }

  /**
   * Makes everything ready for the import of a package, and says whether its definition is to replace that of the data
   * project. Throws DMFP-DATA-PROJECT where the project of a composite entity cannot be made, and what the environment
   * throws.
   */
  async prepare(pack: LedgerPackage, planned: readonly PlannedLoad[]): Promise<boolean> {
    const composite = planned[0]?.composite?.of;
    let standing = this.#known.get(pack.dataProject);
    if (standing === undefined) {
      standing = await this.#standing(pack.dataProject);
      if (composite !== undefined) standing = await this.#makeReady(pack, planned, standing);
      else this.#tell(pack.dataProject, standing);
      this.#known.set(pack.dataProject, standing);
    }
    if (composite !== undefined) return false;
    if (this.#project.packages.dataProjects === "replace") return true;
    return standing === "own" || standing === "missing";
  }

  /** F&O took a package with our definition: from now on the project is ours. */
  imported(pack: LedgerPackage, replaced: boolean): void {
    if (!replaced || this.#known.get(pack.dataProject) === "own") return;
    this.#own(pack.dataProject);
  }

  async #standing(name: string): Promise<Standing> {
    const { name: environment, dataProjects } = this.#environment;
    let found: DataProject | undefined;
    try {
      found = await dataProjects.find(name);
    } catch (thrown) {
      const error = asDmfpipeError(thrown);
      if (!unanswered.has(error.code)) throw error;
      if (this.#ledger.hasDataProject(environment, name)) return "own";
      this.#log({ kind: "warning", text: unknownText(name, environment, error) });
      return "unknown";
    }
    if (found === undefined) return "missing";
    const own =
      found.description.startsWith(`${this.#project.name}: `) ||
      this.#ledger.hasDataProject(environment, name);
    return own ? "own" : "foreign";
  }

  #tell(name: string, standing: Standing): void {
    // What is not there now and is there later came from this load.
    if (standing === "missing") this.#ledger.noteDataProject(this.#environment.name, name);
    if (standing !== "foreign") return;
    const text =
      this.#project.packages.dataProjects === "replace"
        ? `The data project ${name}, which dmfpipe did not make, is in ${this.#environment.name} already: its definition is replaced by that of this load (packages.dataProjects: keep leaves it as it is).`
        : `The data project ${name}, which dmfpipe did not make, is in ${this.#environment.name} already and is kept as it is (packages.dataProjects: keep): its own mapping counts.`;
    this.#log({ kind: "warning", text });
  }

  /** Makes the data project of a composite entity, and puts the entity into it, as far as that is missing. */
  async #makeReady(
    pack: LedgerPackage,
    planned: readonly PlannedLoad[],
    standing: Standing,
  ): Promise<Standing> {
    const composite = planned[0]?.composite?.of;
    // Of a project somebody else made, and of one nobody can ask about, F&O says itself whether it will do.
    if (composite === undefined || standing === "foreign" || standing === "unknown") return standing;
    const { dataProjects } = this.#environment;
    const { dataProject: name, legalEntity } = pack;
    if (standing === "missing") {
      const description = compositeDescription(this.#project, composite.label, legalEntity);
      this.#own(name);
      await dataProjects.create({ name, description, category: this.#project.packages.category });
      const text = `made the data project ${name} for ${composite.label}`;
      this.#log({ kind: "run", run: this.#run, text });
    }
    // Asked, too, where the project was there: a process may have ended between the two.
    if (!(await dataProjects.hasEntity(name, composite.label))) {
      const { executionUnit = 1, level = 1, sequence = 1 } = planned[0]?.place ?? {};
      const place = { executionUnit, level, sequence };
      await dataProjects.addEntity(name, {
        label: composite.label,
        sourceFormat: composite.format,
        ...place,
      });
    }
    return "own";
  }

  #own(name: string): void {
    this.#ledger.noteDataProject(this.#environment.name, name);
    this.#known.set(name, "own");
  }
}

function unknownText(name: string, environment: string, error: DmfpipeError): string {
  return `${environment} does not say whether it has the data project ${name} (${error.message})`;
}

/** What to do about F&O's refusal of an import because of its data project; undefined for any other refusal. */
export function dataProjectAdvice(refusal: string, dataProject: string): string | undefined {
  if (/exists and overwrite has not been specified/i.test(refusal)) {
    return `This environment imports into a data project that exists only by replacing its definition: say packages.dataProjects: replace in project.yaml, or rename the data project ${dataProject} there.`;
  }
  if (/data project must exist before importing/i.test(refusal)) {
    return `Create the data project ${dataProject} in the Data management workspace, add the composite entity to it, and load again.`;
  }
  return undefined;
}
