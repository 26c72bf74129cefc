import { asDmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Project } from "../../project/project.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { LoadOptions } from "../load-options.ts";
import { planLoad, type PlannedLoad } from "../load-plan.ts";
import { ledgerFile, type RunFolder } from "../run-folder.ts";
import { newAttempts, prepareResubmission, type ResubmitRequest } from "./prepare-resubmission.ts";
import { resubmissionLines } from "./resubmission-lines.ts";
import { withResubmitted } from "./resubmission-source.ts";
import { settleAttempts } from "./settle-attempts.ts";

interface RunUnderLock {
  readonly ledger: Ledger;
  readonly folder: RunFolder;
}

interface PlannedResubmission {
  readonly planned: readonly PlannedLoad[];
  readonly options: Pick<LoadOptions, "resubmissionOf">;
}

/** What a run does differently because its sources are records that were rejected before. */
export class Resubmission<T extends LoadOptions> {
  /** Those of the run: budgets and canaries are for extracts, and here nothing is sent before everything was read. */
  readonly options: T;
  readonly #begun: { run: string; root: string; file: string; ledger: Ledger }[] = [];
  #lines: readonly string[] = [];

  constructor(options: T) {
    this.options = { ...options, project: withoutBudgets(options.project), sending: "afterBuilding" };
  }

  /** What is loaded again, for people; known once the plan is made. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Plans a new one. */
  plan(
    request: ResubmitRequest,
    run: string,
  ): {
    before(): Promise<readonly PlannedLoad[]>;
    underLock(planned: readonly PlannedLoad[], about: RunUnderLock): Promise<PlannedResubmission>;
  } {
    const { project, environmentName: environment } = this.options;
    return {
      before: () => this.#planWithoutSources(),
      underLock: async (planned, { ledger, folder }) => {
        const prepared = await prepareResubmission(request, {
          project,
          environment,
          planned,
          ledger,
          folder,
        });
        this.#lines = resubmissionLines(prepared);
        return this.#planned(planned, { run, root: prepared.root, ledger, folder });
      },
    };
  }

  /** Plans one that was begun by an earlier process. */
  planAgain(run: string, root: string): ReturnType<Resubmission<T>["plan"]> {
    return {
      before: () => this.#planWithoutSources(),
      underLock: (planned, { ledger, folder }) =>
        Promise.resolve(this.#planned(planned, { run, root, ledger, folder })),
    };
  }

  /** Notes in the ledger that the records are tried again; to be called once it has the run. */
  readonly noteAttempts = (): void => {
    for (const { ledger, ...about } of this.#begun)
      ledger.attempts.begin(newAttempts(this.options.project, ledger, about));
  };

  /** Notes what became of the records. What goes wrong is told, and tried again before the next resubmission. */
  async settle(): Promise<void> {
    const { project, clock, listener } = this.options;
    const ledger = Ledger.open(ledgerFile(project.root), clock);
    try {
      await settleAttempts(ledger, project.root);
    } catch (thrown) {
      const { message } = asDmfpipeError(thrown);
      listener?.({ kind: "warning", text: `what became of the records could not be noted: ${message}` });
    } finally {
      ledger.close();
    }
  }

  async #planWithoutSources(): Promise<readonly PlannedLoad[]> {
    const { project, catalogue } = this.options;
    return await planLoad(project, catalogue, { sources: "not needed" });
  }

  #planned(
    planned: readonly PlannedLoad[],
    about: RunUnderLock & { readonly run: string; readonly root: string },
  ): PlannedResubmission {
    const { run, root, ledger, folder } = about;
    const file = folder.resubmissionFile;
    this.#begun.push({ run, root, file, ledger });
    return { planned: withResubmitted(planned, file), options: { resubmissionOf: root } };
  }
}

function withoutBudgets(project: Project): Project {
  const without = { ...project, limits: { ...project.limits } };
  delete without.canary;
  delete without.limits.rejections;
  delete without.limits.rejectionsInEnvironment;
  return without;
}
