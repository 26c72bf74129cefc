import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExpressionText } from "./expression-text.ts";
import { meantOtherwise } from "./otherwise-words.ts";
import type { ArgumentNode, CallNode, ExpressionNode } from "./syntax.ts";

/** A `key -> value` argument; the key is undefined for `*`. */
export interface MapEntry {
  readonly key: string | undefined;
  readonly value: string;
  readonly at: number;
  /** Where the value stands. */
  readonly valueAt: number;
}

/**
 * The arguments of one call, read by position with checks that name the argument and its place. Every step
 * says first how many it takes.
 */
export class StepArguments {
  readonly source: ExpressionText;
  readonly #call: CallNode;
  readonly #usage: string;

  constructor(source: ExpressionText, call: CallNode, usage: string) {
    this.source = source;
    this.#call = call;
    this.#usage = usage;
  }

  get all(): readonly ArgumentNode[] {
    return this.#call.args;
  }

  get count(): number {
    return this.#call.args.length;
  }

  /** The arguments without a name, in order. */
  get positional(): readonly ArgumentNode[] {
    return this.all.filter((argument) => argument.name === undefined);
  }

  /** Index of the argument of this name, or undefined. Throws where it is there twice. */
  named(name: string): number | undefined {
    const found = this.all.flatMap((argument, index) => (argument.name === name ? [index] : []));
    const [first, second] = found;
    if (second !== undefined) throw this.errorAt(this.at(second), `${name} is said twice.`);
    return first;
  }

  /** Demands a number of arguments, none of them of the form `key -> value`, and named ones only as allowed. */
  demand(least: number, most: number, named: readonly string[] = []): void {
    if (this.count < least || this.count > most) {
      throw this.errorAt(this.#call.at, `${this.#call.name} is written ${this.#usage}.`);
    }
    for (const argument of this.all) {
      if (argument.key !== undefined) {
        throw this.errorAt(argument.at, `${this.#call.name} takes no "->"; it is written ${this.#usage}.`);
      }
      if (argument.name !== undefined && !named.includes(argument.name)) {
        throw this.errorAt(
          argument.at,
          `${this.#call.name} has no argument ${argument.name}; it is written ${this.#usage}.`,
        );
      }
    }
  }

  /** A text in quotes. */
  text(index: number): string {
    const value = this.#valueAt(index);
    if (value.kind === "text") return value.value;
    throw this.errorAt(value.at, `Here should be a text in quotes; ${this.#usage} is how it is written.`);
  }

  /** A text in quotes, a bare word or a number: anything that can be meant literally. */
  literal(index: number): string {
    return this.#literal(this.#valueAt(index));
  }

  /** A whole number between two bounds. */
  integer(index: number, least: number, most: number): number {
    const value = this.#valueAt(index);
    const number = value.kind === "number" ? Number(value.value) : Number.NaN;
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw this.errorAt(value.at, `Here should be a whole number from ${least} to ${most}.`);
  }

  /** The arguments as entries of a map. */
  entries(): readonly MapEntry[] {
    return this.all.map(({ key, value, at }) => {
      if (key === undefined) {
        throw this.errorAt(at, `Here should be an entry like "a" -> B; ${this.#usage} is how it is written.`);
      }
      return {
        key: key === "*" ? undefined : this.#key(key),
        value: this.#literal(value),
        at,
        valueAt: value.at,
      };
    });
  }

  /** Where an argument stands, or the call itself when it has not so many. */
  at(index: number): number {
    return this.all[index]?.at ?? this.#call.at;
  }

  /** Where the value of an argument stands, behind its name if it has one. */
  valueAt(index: number): number {
    return this.all[index]?.value.at ?? this.#call.at;
  }

  errorAt(offset: number, message: string): DmfpipeError {
    return this.source.error(offset, message);
  }

  #valueAt(index: number): ExpressionNode {
    const argument = this.all[index];
    if (argument === undefined) {
      throw this.errorAt(this.#call.at, `${this.#call.name} is written ${this.#usage}.`);
    }
    return argument.value;
  }

  #key(key: ExpressionNode): string {
    const mistake = key.kind === "column" && !key.quoted ? meantOtherwise(key.name) : undefined;
    const text = this.#literal(key);
    if (mistake === undefined) return text;
    throw this.errorAt(key.at, `${mistake} A value that is really called so stands in quotes: "${text}".`);
  }

  #literal(value: ExpressionNode): string {
    if (value.kind === "text" || value.kind === "number") return value.value;
    if (value.kind === "column" && !value.quoted) return value.name;
    throw this.errorAt(value.at, "Here should be a text in quotes or a plain word.");
  }
}
