import type { ReasonCode } from "../../errors/registry.ts";
import type { Verdict } from "../reading/read-entity.ts";

/** What a mapping made of a record, as far as two mappings are compared by it. */
export type Outcome =
  | { readonly kind: "packaged"; readonly legalEntity: string; readonly values: readonly string[] }
  | { readonly kind: "left out" }
  | {
      readonly kind: "rejected";
      readonly codes: readonly ReasonCode[];
      readonly messages: readonly string[];
    };

/** Where a record stands, and what it was and is. */
export interface ChangeExample {
  readonly file: string;
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

/** A change of one kind: how many records, and the first of them. */
export interface CountedChange {
  readonly count: number;
  readonly examples: readonly ChangeExample[];
}

/** What happened to the values of one target field, in the records that both mappings package. */
export interface FieldChange {
  readonly field: string;
  /** Whether only one of the mappings fills it. */
  readonly only?: "old" | "new";
  /** Filled by both, and different. */
  readonly changed: number;
  readonly newlyFilled: number;
  readonly newlyEmpty: number;
  readonly examples: readonly ChangeExample[];
}

export interface MoveChange extends CountedChange {
  readonly from: Outcome["kind"];
  readonly to: Outcome["kind"];
}

export interface CodeChange extends CountedChange {
  readonly code: ReasonCode;
  /** Records that have the reason with one of the mappings only: which. */
  readonly only: "old" | "new";
}

export interface CompanyChange extends CountedChange {
  readonly from: string;
  readonly to: string;
}

/** What a change of a mapping does to the records of its source. */
export interface MappingChanges {
  readonly compared: number;
  /** Records that come out differently in any way. */
  readonly different: number;
  /** From one fate to another. */
  readonly moves: readonly MoveChange[];
  readonly codes: readonly CodeChange[];
  readonly companies: readonly CompanyChange[];
  /** Fields whose values change, and those that only one of the mappings has. */
  readonly fields: readonly FieldChange[];
}

interface Tally {
  count: number;
  readonly examples: ChangeExample[];
}

interface FieldTally {
  changed: number;
  newlyFilled: number;
  newlyEmpty: number;
  readonly examples: ChangeExample[];
}

/** A verdict as it is compared: without positions, which are the same for both. */
export function outcomeOf(verdict: Verdict): Outcome {
  switch (verdict.kind) {
    case "packaged":
      return { kind: "packaged", legalEntity: verdict.legalEntity, values: verdict.values };
    case "filtered":
      return { kind: "left out" };
    case "rejected": {
      const { reasons } = verdict.rejection;
      return {
        kind: "rejected",
        codes: [...new Set(reasons.map(({ code }) => code))],
        messages: reasons.map(({ message }) => message),
      };
    }
  }
}

/**
 * Counts, record by record, how the outcomes of two mappings differ. Keeps counts and the first examples of each kind
 * of change, whatever the number of records.
 */
export class ChangeTally {
  readonly #limit: number;
  /** Every field of either mapping, the new one's order first, with its position in both. */
  readonly #columns: readonly { readonly field: string; readonly old: number; readonly new: number }[];
  readonly #fields: readonly FieldTally[];
  readonly #moves = new Map<string, Tally & Pick<MoveChange, "from" | "to">>();
  readonly #codes = new Map<string, Tally & Pick<CodeChange, "code" | "only">>();
  readonly #companies = new Map<string, Tally & Pick<CompanyChange, "from" | "to">>();
  #compared = 0;
  #different = 0;

  /** `old`, `new`: target fields of the two mappings. `limit`: examples for each kind of change. */
  constructor(options: {
    readonly old: readonly string[];
    readonly new: readonly string[];
    readonly limit: number;
  }) {
    this.#limit = options.limit;
    this.#columns = [...new Set([...options.new, ...options.old])].map((field) => ({
      field,
      old: options.old.indexOf(field),
      new: options.new.indexOf(field),
    }));
    this.#fields = this.#columns.map(() => ({ changed: 0, newlyFilled: 0, newlyEmpty: 0, examples: [] }));
  }

  add(before: Outcome, after: Outcome, at: { readonly file: string; readonly line: number }): void {
    this.#compared++;
    let different = false;
    if (before.kind === "packaged" && after.kind === "packaged") {
      different = this.#compareCompanies(before.legalEntity, after.legalEntity, at);
      different = this.#compareValues(before.values, after.values, at) || different;
    } else if (before.kind !== after.kind) {
      different = true;
      const tally = entryOf(this.#moves, `${before.kind}>${after.kind}`, {
        from: before.kind,
        to: after.kind,
      });
      this.#count(tally, { ...at, from: shown(before), to: shown(after) });
    }
    different = this.#compareCodes(before, after, at) || different;
    if (different) this.#different++;
  }

  changes(): MappingChanges {
    const fields = this.#columns.map(({ field, old, new: now }, index): FieldChange => {
      const only = old === -1 ? "new" : now === -1 ? "old" : undefined;
      const tally = this.#fields[index] ?? { changed: 0, newlyFilled: 0, newlyEmpty: 0, examples: [] };
      return { field, ...(only === undefined ? {} : { only }), ...tally };
    });
    return {
      compared: this.#compared,
      different: this.#different,
      moves: [...this.#moves.values()].sort(mostFirst),
      codes: [...this.#codes.values()].sort(mostFirst),
      companies: [...this.#companies.values()].sort(mostFirst),
      fields: fields.filter(
        ({ only, changed, newlyFilled, newlyEmpty }) =>
          only !== undefined || changed + newlyFilled + newlyEmpty > 0,
      ),
    };
  }

  #compareCompanies(from: string, to: string, at: { readonly file: string; readonly line: number }): boolean {
    if (from === to) return false;
    this.#count(entryOf(this.#companies, `${from}>${to}`, { from, to }), { ...at, from, to });
    return true;
  }

  #compareValues(
    before: readonly string[],
    after: readonly string[],
    at: { readonly file: string; readonly line: number },
  ): boolean {
    let different = false;
    for (const [index, column] of this.#columns.entries()) {
      const from = before[column.old] ?? "";
      const to = after[column.new] ?? "";
      const tally = this.#fields[index];
      if (from === to || tally === undefined) continue;
      different = true;
      if (from === "") tally.newlyFilled++;
      else if (to === "") tally.newlyEmpty++;
      else tally.changed++;
      if (tally.examples.length < this.#limit) tally.examples.push({ ...at, from, to });
    }
    return different;
  }

  #compareCodes(
    before: Outcome,
    after: Outcome,
    at: { readonly file: string; readonly line: number },
  ): boolean {
    const old = before.kind === "rejected" ? before.codes : [];
    const now = after.kind === "rejected" ? after.codes : [];
    const example = { ...at, from: shown(before), to: shown(after) };
    let different = false;
    for (const [codes, others, only] of [[old, now, "old"] as const, [now, old, "new"] as const]) {
      for (const code of codes) {
        if (others.includes(code)) continue;
        different = true;
        this.#count(entryOf(this.#codes, `${only}>${code}`, { code, only }), example);
      }
    }
    return different;
  }

  #count(tally: Tally, example: ChangeExample): void {
    tally.count++;
    if (tally.examples.length < this.#limit) tally.examples.push(example);
  }
}

function entryOf<T extends object>(tallies: Map<string, Tally & T>, key: string, about: T): Tally & T {
  let found = tallies.get(key);
  if (found === undefined) tallies.set(key, (found = { count: 0, examples: [], ...about }));
  return found;
}

function mostFirst(a: { readonly count: number }, b: { readonly count: number }): number {
  return b.count - a.count;
}

function shown(outcome: Outcome): string {
  switch (outcome.kind) {
    case "packaged":
      return `packaged for ${outcome.legalEntity}`;
    case "left out":
      return "left out";
    case "rejected":
      return `rejected: ${outcome.messages.join(" ")}`;
  }
}
