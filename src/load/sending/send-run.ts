import type { Environment } from "../../environment/environment.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import type { EnvironmentDefinition } from "../../project/environment-definition.ts";
import { packagesAtATime } from "../../project/environment-definition.ts";
import type { Project } from "../../project/project.ts";
import { EarlierImports } from "./earlier-imports.ts";
import { environmentObjection, type EnvironmentBudgets } from "./environment-budget.ts";
import { FailedEntities } from "./failed-entities.ts";
import { entitiesOf, type LedgerPackage, type RunChoices } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
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
import { sendLanes } from "./send-lanes.ts";

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
 * Sends every package of a run that is not over yet, as far as it may be sent. Throws what stopped it: an error of the
 * environment, DMFP-CANARY or DMFP-ENVIRONMENT-BUDGET, DMFP-DEADLINE, DMFP-INTERRUPTED. The ledger holds where each
 * package is, and `resume` goes on from there.
 */
export async function sendRun(options: SendRunOptions): Promise<void> {
  const { run, ledger, settings, stop, log, environmentName, definition } = options;
  const packages = ledger.packages(run);
  const plannedOf = (pack: LedgerPackage): readonly PlannedLoad[] => plannedFor(options.planned, pack);
  const failed = new FailedEntities(options.planned);
  const note = (pack: LedgerPackage): void => {
    // Whose second pass fails is in F&O all the same: nobody has to wait for it.
    const counts = pack.pass === undefined && isFinal(pack.state) && pack.state !== "done";
    if (counts) failed.add(plannedOf(pack), pack.legalEntity);
  };
  for (const pack of packages) note(pack);
  const budgets = budgetsOf(options);
  const objection = (): DmfpipeError | undefined => environmentObjection(ledger.packages(run), budgets);
  const before = objection();
  if (before !== undefined) throw before;

  const lanes = sendLanes(packages, options.planned);
  const sideBySide = packagesAtATime(definition);
  const timetable = new RunTimetable({ run, ledger, environmentName, lanes, sideBySide, stop, log });
  const earlier = new EarlierImports({ ...options, signal: stop.soon });
  const flow = new PackageFlow({
    lanes,
    delivery: new PackageDelivery({ ...options, onInDoubt: definition.onInDoubt, signal: stop.soon }),
    stop,
    sideBySide,
    parallelCalls: definition.enhancedParallelImport,
    uploadsAhead: settings.uploadsAhead,
    plannedOf,
    inFlight: () => earlier.inFlight(),
    beforeImports: async () => {
      await earlier.waitForEnd();
    },
    blockedBy: (pack) => failed.blocking(plannedOf(pack), pack.legalEntity),
    isInTime: (pack) => timetable.isInTime(pack),
    tooLate: () => timetable.tooLate(),
    onBegin: (pack) => {
      timetable.begin(pack);
    },
    onOver: (pack) => {
      note(pack);
      timetable.end(pack);
      return objection();
    },
  });
  try {
    await flow.run();
  } catch (thrown) {
    // What had begun was seen through meanwhile, so that what is said of the whole load is other than it was.
    const error = asDmfpipeError(thrown);
    throw error.entry.exitCode === ExitCode.errorBudget ? (objection() ?? error) : error;
  }
}

function budgetsOf({ project, choices }: SendRunOptions): EnvironmentBudgets {
  // Said on resume: whoever said it has read what was rejected.
  if (choices.despiteRejections === true) return {};
  return { entity: project.limits.rejectionsInEnvironment, canary: choices.canary };
}

function plannedFor(all: readonly PlannedLoad[], pack: LedgerPackage): readonly PlannedLoad[] {
  return pack.parts.map(({ entity }) => {
    const planned = all.find((candidate) => candidate.schema.label === entity);
    const found = planned === undefined || pack.pass === undefined ? planned : secondPassOf(planned);
    if (found === undefined) throw new DmfpipeError("DMFP-BUG", `No mapping is for ${entitiesOf(pack)}.`);
    return found;
  });
}
