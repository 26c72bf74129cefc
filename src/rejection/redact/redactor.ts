import path from "node:path";
import type { Reason } from "../../errors/reason.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import type { EntitySummary, RunSummary } from "../summary.ts";
import type { TrendSummary } from "../trend/trend-summary.ts";
import { maskMessage, type MaskRules } from "./mask-message.ts";
import { SeenTexts } from "./seen-texts.ts";
import { tokenizer, type Tokenize } from "./value-token.ts";

/** Where in a longer value the pieces are that a message may quote alone. */
const leastChars = 4;

/**
 * Takes the values out of rejections, so that they can be shown to people who may not see the data: each becomes a token
 * that is the same wherever the value stands. Codes, names of columns and fields, the wording of messages, stages,
 * positions and counts stay. It has to see all rejections before it redacts the first, because the message of one may
 * hold the value of another.
 */
export class Redactor {
  readonly #tokenize: Tokenize;
  readonly #values = new SeenTexts();
  readonly #names = new Set<string>();
  readonly #rules: MaskRules;

  /** `key`: see tokenizer. */
  constructor(key: Buffer) {
    this.#tokenize = tokenizer(key);
    this.#rules = {
      tokenize: this.#tokenize,
      isValue: (text) => this.#values.has(text),
      isName: (text) => this.#names.has(nameOf(text)),
    };
  }

  /** Notes the values and names of a rejection. */
  learn(rejection: Rejection): void {
    for (const value of valuesOf(rejection)) {
      if (value.length < leastChars) continue;
      this.#values.add(value);
      this.#values.add(value.trim());
    }
    const { entity, columns, mapped = {}, reasons } = rejection;
    const names = [
      entity,
      ...columns,
      ...Object.keys(mapped),
      ...reasons.flatMap(({ field }) => field?.split(", ") ?? []),
    ];
    for (const name of names) this.#names.add(nameOf(name));
  }

  rejection(rejection: Rejection): Rejection {
    const { legalEntity, key, mapped, position } = rejection;
    const tokenize = this.#tokenize;
    const own = valuesOf(rejection);
    return {
      ...rejection,
      ...(legalEntity === undefined ? {} : { legalEntity: tokenize(legalEntity) }),
      ...(key === undefined ? {} : { key: key.map(tokenize) }),
      reasons: rejection.reasons.map((reason) => this.#reason(reason, own)),
      position: { ...position, file: sharedPath(position.file) },
      values: rejection.values.map(tokenize),
      raw: tokenize(rejection.raw),
      ...(mapped === undefined
        ? {}
        : {
            mapped: Object.fromEntries(
              Object.entries(mapped).map(([field, value]) => [field, tokenize(value)]),
            ),
          }),
    };
  }

  /** The token of a single value. */
  value(text: string): string {
    return this.#tokenize(text);
  }

  message(message: UnattributedMessage): UnattributedMessage {
    const { recordId, legalEntity } = message;
    return {
      ...message,
      legalEntity: this.#tokenize(legalEntity),
      recordId: this.#tokenize(recordId),
      message: maskMessage(message.message, [recordId, legalEntity], this.#rules),
    };
  }

  /** What remains of a summary: counts. Sums, packages and objections hold values or company codes, and are left out. */
  summary(summary: RunSummary): RunSummary {
    const { run, environment, command, status, exitCode, startedAt, finishedAt, balanced, rejections } =
      summary;
    return {
      ...{ run, environment, command, status, exitCode, startedAt, finishedAt, balanced, rejections },
      ...(summary.stagingOnly === undefined ? {} : { stagingOnly: summary.stagingOnly }),
      ...(summary.part === undefined ? {} : { part: summary.part }),
      project: "redacted",
      entities: summary.entities.map((entity) => this.#entity(entity)),
      packages: [],
      ...(rejections.trend === undefined
        ? {}
        : { rejections: { ...rejections, trend: this.#trend(rejections.trend) } }),
    };
  }

  #trend(trend: TrendSummary): TrendSummary {
    const entities = trend.entities.map((entity) => ({
      ...entity,
      legalEntity: this.#tokenize(entity.legalEntity),
    }));
    return { ...trend, entities, owners: [] };
  }

  #entity(entity: EntitySummary): EntitySummary {
    const { read, filtered, rejectedHere, packaged, staged, rejectedStaging, balanced, secondPass } = entity;
    const { created, updated, rejectedTarget, unprocessed } = entity;
    return {
      entity: entity.entity,
      legalEntity: this.#tokenize(entity.legalEntity),
      ...{ read, filtered, rejectedHere, packaged, staged, rejectedStaging, created, updated },
      ...{ rejectedTarget, unprocessed, balanced, controlTotals: {} },
      ...(secondPass === undefined ? {} : { secondPass }),
    };
  }

  #reason(reason: Reason, own: readonly string[]): Reason {
    const { value, message, fix } = reason;
    return {
      ...reason,
      ...(value === undefined ? {} : { value: this.#tokenize(value) }),
      message: maskMessage(message, own, this.#rules),
      fix: maskMessage(fix, own, this.#rules),
    };
  }
}

function valuesOf({ legalEntity = "", key = [], values, mapped = {}, raw, reasons }: Rejection): string[] {
  return [
    ...[legalEntity, raw, ...key, ...values, ...Object.values(mapped)],
    ...reasons.flatMap(({ value }) => value ?? []),
  ];
}

/** Spelling does not count, nor whether it is one or several: F&O says 'Vendor group' of VENDORGROUP. */
function nameOf(text: string): string {
  return text
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase()
    .replace(/(?<=.{3})(?:s|id)$/, "");
}

/** Relative to the project as it is; of one that leads elsewhere, the last part. */
function sharedPath(file: string): string {
  const outside = path.isAbsolute(file) || /^(?:\.\.|[A-Za-z]:|\\)/.test(file);
  return outside ? (file.split(/[\\/]/).at(-1) ?? "") : file;
}
