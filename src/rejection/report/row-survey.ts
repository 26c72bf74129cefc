import type { Rejection } from "../rejection.ts";
import { firstRowCount } from "./first-rows.ts";
import { ReasonGroups } from "./reason-groups.ts";
import { RowSample } from "./row-budget.ts";

/**
 * What a report has to know of all rejections before it lists the first of them: it is gathered while they come by, and
 * holds some hundreds of them at most.
 */
export class RowSurvey {
  readonly groups = new ReasonGroups();
  readonly #first: Rejection[] = [];
  readonly #sample = new RowSample();

  /** Reads all rejections through. Throws what they throw. */
  static async of(rejections: AsyncIterable<Rejection>): Promise<RowSurvey> {
    const survey = new RowSurvey();
    for await (const rejection of rejections) survey.add(rejection);
    return survey;
  }

  add(rejection: Rejection): void {
    this.groups.add(rejection);
    this.#sample.add(rejection);
    if (this.#first.length < firstRowCount) this.#first.push(rejection);
  }

  /** The first hundred. */
  get first(): readonly Rejection[] {
    return this.#first;
  }

  get records(): number {
    return this.groups.records;
  }

  /** See RowSample. */
  sizes(): ReturnType<RowSample["sizes"]> {
    return this.#sample.sizes();
  }
}
