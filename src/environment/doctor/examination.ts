import { monotonicMs } from "../../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import { errorRegistry, type ErrorCode } from "../../errors/registry.ts";

/** What one step of the examination found. */
export interface Finding {
  /** `warning`: it works, but something should be looked at. `skipped`: it could not be seen, and why. */
  readonly state: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly code?: ErrorCode;
}

export interface ExaminedStep extends Finding {
  /** Never changes: machines look for it. */
  readonly id: string;
  readonly title: string;
  readonly durationMs: number;
}

export type StepListener = (step: ExaminedStep) => void;

/** The steps of one examination, in order, each told about as soon as it is done. */
export class Examination {
  readonly #onStep: StepListener;
  readonly #steps: ExaminedStep[] = [];

  constructor(onStep: StepListener) {
    this.#onStep = onStep;
  }

  get steps(): readonly ExaminedStep[] {
    return this.#steps;
  }

  /** Exit code by the first step that failed; 0 where none did. */
  get exitCode(): ExitCode {
    const failed = this.#steps.find(({ state }) => state === "failed");
    return failed === undefined ? ExitCode.ok : errorRegistry[failed.code ?? "DMFP-BUG"].exitCode;
  }

  /**
   * Does one step; a coded error of it is what it found. Whether what comes after may rely on it: it is ok, or works
   * with a warning. Throws DMFP-INTERRUPTED only.
   */
  async step(id: string, title: string, work: () => Promise<Finding> | Finding): Promise<boolean> {
    const startedMs = monotonicMs();
    let finding: Finding;
    try {
      finding = await work();
    } catch (thrown) {
      finding = findingOf(thrown);
    }
    this.#add({ id, title, durationMs: Math.round(monotonicMs() - startedMs), ...finding });
    return finding.state === "ok" || finding.state === "warning";
  }

  /** A step that makes no sense, because of an earlier one or of the environment's kind. */
  skip(id: string, title: string, because: string): void {
    this.#add({ id, title, durationMs: 0, state: "skipped", message: because });
  }

  #add(step: ExaminedStep): void {
    this.#steps.push(step);
    this.#onStep(step);
  }
}

/** A coded error as what a step found. Throws DMFP-INTERRUPTED on. */
export function findingOf(thrown: unknown): Finding {
  const error = asDmfpipeError(thrown);
  if (error.code === "DMFP-INTERRUPTED") throw error;
  return { state: "failed", message: error.message, fix: error.next, code: error.code };
}

/** What could not be seen because the environment did not say: never a reason to call something broken. */
export async function orUnseen(work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (thrown) {
    const found = findingOf(thrown);
    const unseen: readonly (ErrorCode | undefined)[] = [
      "DMFP-AUTH-ROLE",
      "DMFP-HTTP-REFUSED",
      "DMFP-HTTP-ANSWER",
    ];
    if (!unseen.includes(found.code)) throw thrown;
    return { state: "skipped", message: `Cannot be seen from outside: ${found.message}` };
  }
}

/** An error that is what a step found, with its code. */
export function failedWith(code: ErrorCode, message: string, fix: string): Finding {
  const error = new DmfpipeError(code, message, { next: fix });
  return { state: "failed", message: error.message, fix: error.next, code };
}
