import type { Environment } from "../../environment/environment.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { EnvironmentDefinition } from "../../project/environment-definition.ts";
import { packagesAtATime } from "../../project/environment-definition.ts";
import type { Project } from "../../project/project.ts";
import { DiskRoom } from "./disk-room.ts";
import { EarlierImports } from "./earlier-imports.ts";
import { environmentObjection, type EnvironmentBudgets } from "./environment-budget.ts";
import { FailedEntities } from "./failed-entities.ts";
import { entitiesOf, type LedgerPackage, type RunChoices } from "../ledger/ledger-rows.ts";
import type { Ledger, NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { LoadSettings } from "../load-settings.ts";
import { PackageDelivery } from "./package-delivery.ts";
import { PackageFlow } from "./package-flow.ts";
import { isFinal } from "../ledger/package-state.ts";
import { secondPassOf } from "../packing/pass-fields.ts";
import type { RunFolder } from "../run-folder.ts";
import type { LoadEvent } from "../run-log.ts";
import type { RunStop } from "./run-stop.ts";
import { RunTimetable } from "./run-timetable.ts";
import { sendLanes, type SendLane } from "./send-lanes.ts";

export interface SendRunOptions {
  readonly run: string;
  readonly project: Project;
  readonly environmentName: string;
  readonly definition: EnvironmentDefinition;
  readonly environment: Environment;
  readonly planned: readonly PlannedLoad[];
  readonly ledger: Ledger;
  readonly folder: RunFolder;
  readonly settings: LoadSettings;
  readonly choices: RunChoices;
  readonly stop: RunStop;
  readonly log: (event: LoadEvent) => void;
}

/**
 * Sends the packages of a run that are not over yet, as far as they may be sent: those the ledger has when it begins,
 * and those that are added while it goes on.
 */
export class RunSending {
  readonly #options: SendRunOptions;
  readonly #lanes: SendLane[] = [];
  readonly #failed: FailedEntities;
  readonly #budgets: EnvironmentBudgets;
  readonly #flow: PackageFlow;
  readonly #timetable: RunTimetable;
  readonly #room: DiskRoom;
  #isComplete: boolean;

  /**
   * `more`: packages will be added, until `close`. Throws DMFP-CANARY or DMFP-ENVIRONMENT-BUDGET where F&O has rejected
   * too much already.
   */
  constructor(options: SendRunOptions, { more }: { readonly more: boolean }) {
    const { run, ledger, settings, stop, environmentName, definition } = options;
    this.#options = options;
    this.#isComplete = !more;
    this.#failed = new FailedEntities(options.planned);
    this.#budgets = budgetsOf(options);
    const packages = ledger.packages(run);
    this.#room = new DiskRoom({ ...options, packages });
    for (const pack of packages) this.#note(pack);
    const before = this.#objection();
    if (before !== undefined) throw before;
    this.#addLanes(packages);
    const lanes = this.#lanes;
    const isComplete = (): boolean => this.#isComplete;
    const sideBySide = packagesAtATime(definition);
    const timetable = new RunTimetable({ ...options, environmentName, lanes, isComplete, sideBySide });
    const earlier = new EarlierImports({ ...options, signal: stop.soon });
    this.#timetable = timetable;
    this.#flow = new PackageFlow({
      lanes: [...lanes],
      more,
      delivery: new PackageDelivery({ ...options, onInDoubt: definition.onInDoubt, signal: stop.soon }),
      stop,
      sideBySide,
      parallelCalls: definition.enhancedParallelImport,
      uploadsAhead: settings.uploadsAhead,
      plannedOf: (pack) => this.#plannedOf(pack),
      inFlight: () => earlier.inFlight(),
      beforeImports: async () => {
        await earlier.waitForEnd();
      },
      blockedBy: (pack) => this.#failed.blocking(this.#plannedOf(pack), pack.legalEntity),
      isInTime: (pack) => timetable.isInTime(pack),
      tooLate: () => timetable.tooLate(),
      onStuck: () => {
        this.#room.stuck();
      },
      onBegin: (pack) => {
        timetable.begin(pack);
      },
      onOver: (pack) => this.#over(pack),
    });
  }

  /**
   * Returns when all is over that could be sent. Throws what stopped it: an error of the environment, DMFP-CANARY or
   * DMFP-ENVIRONMENT-BUDGET, DMFP-DEADLINE, DMFP-INTERRUPTED, or the reason given to `close`. The ledger holds where
   * each package is, and `resume` goes on from there.
   */
  async run(): Promise<void> {
    try {
      await this.#flow.run();
    } catch (thrown) {
      // What had begun was seen through meanwhile, so that what is said of the whole load is other than it was.
      const error = asDmfpipeError(thrown);
      throw environmentBudgetCodes.has(error.code) ? (this.#objection() ?? error) : error;
    } finally {
      this.#room.end();
    }
  }

  /** Packages that were built meanwhile, and are in the ledger. They come behind all there are. */
  add(packages: readonly NewPackage[]): void {
    const keys = new Set(packages.map(({ key }) => key));
    const added = this.#options.ledger.packages(this.#options.run).filter(({ key }) => keys.has(key));
    for (const pack of added) this.#room.add(pack);
    this.#flow.add(this.#addLanes(added));
  }

  /**
   * Resolves when packages that are not over leave room for more of them; see disk-room.ts. Throws DMFP-DEADLINE where
   * they never will, because none of them would be over in time: nothing is gained by waiting until then.
   */
  async roomForMore(): Promise<void> {
    if (!(await this.#room.wait())) throw this.#timetable.tooLate(roomless);
  }

  /** No more packages come. With a reason, what has not begun is not sent. */
  close(reason?: DmfpipeError): void {
    this.#isComplete = reason === undefined;
    this.#flow.close(reason);
  }

  #addLanes(packages: readonly LedgerPackage[]): readonly SendLane[] {
    const { run, ledger, planned } = this.#options;
    const added = sendLanes(packages, planned, this.#lanes);
    this.#lanes.push(...added);
    ledger.lanes.note(
      run,
      added.map((lane) => ({
        firstPackage: firstOf(lane),
        waitsFor: lane.waitsFor.flatMap((index) => {
          const other = this.#lanes[index];
          return other === undefined ? [] : [firstOf(other)];
        }),
      })),
    );
    return added;
  }

  #over(pack: LedgerPackage): DmfpipeError | undefined {
    this.#note(pack);
    this.#timetable.end(pack);
    this.#room.over(pack);
    return this.#objection();
  }

  #note(pack: LedgerPackage): void {
    // Whose second pass fails is in F&O all the same: nobody has to wait for it.
    const counts = pack.pass === undefined && isFinal(pack.state) && pack.state !== "done";
    if (counts) this.#failed.add(this.#plannedOf(pack), pack.legalEntity);
  }

  #objection(): DmfpipeError | undefined {
    return environmentObjection(this.#options.ledger.packages(this.#options.run), this.#budgets);
  }

  #plannedOf(pack: LedgerPackage): readonly PlannedLoad[] {
    return plannedFor(this.#options.planned, pack);
  }
}

const roomless =
  "What is left takes the room that packages.diskLimit allows, so the sources behind it were not read.";

/** Key of a lane's first package, by which it is called. */
function firstOf({ packages }: SendLane): string {
  return packages[0]?.key ?? "";
}

/** Errors that say how the whole load stands. */
const environmentBudgetCodes: ReadonlySet<string> = new Set(["DMFP-CANARY", "DMFP-ENVIRONMENT-BUDGET"]);

function budgetsOf({ project, choices }: SendRunOptions): EnvironmentBudgets {
  // Said on resume: whoever said it has read what was rejected.
  if (choices.despiteRejections === true) return {};
  return {
    entity: project.limits.rejectionsInEnvironment,
    canary: choices.canary,
    stagingOnly: choices.stagingOnly,
  };
}

function plannedFor(all: readonly PlannedLoad[], pack: LedgerPackage): readonly PlannedLoad[] {
  return pack.parts.map(({ entity }) => {
    const planned = all.find((candidate) => candidate.schema.label === entity);
    const found = planned === undefined || pack.pass === undefined ? planned : secondPassOf(planned);
    if (found === undefined) throw new DmfpipeError("DMFP-BUG", `No mapping is for ${entitiesOf(pack)}.`);
    return found;
  });
}
