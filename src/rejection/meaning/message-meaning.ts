import { reason, type Reason } from "../../errors/reason.ts";
import type { MessageCode, NoiseRule, ProjectMessages } from "../../project/message-rules.ts";
import { adviceFor } from "./class-advice.ts";
import { infologLines } from "./infolog-lines.ts";
import { MessageCatalogue, type UnderstoodMessage } from "./message-catalogue.ts";
import { Noise } from "./noise.ts";
import { resolveParts, type MessageSubject } from "./reference-target.ts";

/** A line of a message with what it means, and the rule that makes it harmless, where one does. */
interface JudgedLine {
  readonly line: string;
  readonly understood: UnderstoodMessage;
  readonly noise: NoiseRule | undefined;
}

/**
 * What messages of F&O mean: each line of its infolog becomes a coded reason with field, value and what to do, as far
 * as its words allow. Lines the project has declared to be harmless come last, and are called so.
 */
export class MessageMeaning {
  readonly #catalogue: MessageCatalogue;
  readonly #noise: Noise;
  /** Most messages are said of many records. */
  readonly #judged = new Map<string, readonly JudgedLine[]>();

  /** `messages`: the project's own rules. `today`: ISO 8601, UTC: on which day rules for noise are asked. */
  constructor(options: { readonly messages?: ProjectMessages | undefined; readonly today: string }) {
    this.#catalogue = new MessageCatalogue(options.messages?.rules);
    this.#noise = new Noise(options.messages?.noise ?? [], options.today);
  }

  /**
   * The reasons of a record that F&O refused, from all messages about it; empty where there are none. Equal lines are
   * said once. Where all that is said is noise, the record is refused all the same, and the first reason says so.
   */
  reasonsOf(messages: readonly string[], subject?: MessageSubject): Reason[] {
    const judged = messages.flatMap((message) => this.#judge(message, subject?.schema.label));
    const once = [...new Map(judged.map((line) => [line.line, line])).values()];
    const telling = once.filter(({ noise }) => noise === undefined);
    const reasons = telling.map(({ line, understood }) => reasonOf(line, understood, subject));
    const noise = once.flatMap(({ line, noise: rule }) =>
      rule === undefined ? [] : [noiseReason(line, rule)],
    );
    if (noise.length === 0)
      return messages.length > 0 && reasons.length === 0 ? [nothingSaid(messages)] : reasons;
    if (reasons.length > 0) return [...reasons, ...noise];
    return [
      reason("DMFP-FNO-NO-REASON", {
        message: "F&O refused the record, and said nothing about it but what is declared to be harmless.",
        fix: "Look at the record in the staging table of the run's Job history, or whether the rule for noise says too much.",
      }),
      ...noise,
    ];
  }

  /** The rule that makes a whole message harmless: each of its telling lines is noise. `entity`: where it is known. */
  noiseOf(message: string, entity: string | undefined): NoiseRule | undefined {
    const judged = this.#judge(message, entity);
    return judged.every(({ noise }) => noise !== undefined) ? judged[0]?.noise : undefined;
  }

  #judge(message: string, entity: string | undefined): readonly JudgedLine[] {
    const name = JSON.stringify([entity, message]);
    let judged = this.#judged.get(name);
    if (judged === undefined) {
      judged = infologLines(message)
        .filter((line) => !this.#catalogue.saysNothing(line))
        .map((line) => {
          const understood = this.#catalogue.understand(line) ?? { code: "DMFP-FNO-RULE" };
          return { line, understood, noise: this.#noise.ruleFor(line, understood.code, entity) };
        });
      if (this.#judged.size >= mostJudged) this.#judged.clear();
      this.#judged.set(name, judged);
    }
    return judged;
  }
}

/** So many messages are remembered with what they mean. */
const mostJudged = 1000;

let plain: MessageMeaning | undefined;

/** What messages mean by dmfpipe's own rules, where a project has none and nothing is noise. */
export function plainMeaning(): MessageMeaning {
  plain ??= new MessageMeaning({ today: "" });
  return plain;
}

function reasonOf(line: string, understood: UnderstoodMessage, subject: MessageSubject | undefined): Reason {
  const { code, fix } = understood;
  const parts = resolveParts(understood, subject);
  const { field, value, refersTo } = parts;
  return reason(code, {
    field,
    value,
    refersTo: refersToSomething(code) ? refersTo : undefined,
    message: line,
    fix: adviceFor(code, fix, parts),
  });
}

/** A relation of the field is of interest where what it names is missing. */
function refersToSomething(code: MessageCode): boolean {
  return code === "DMFP-FNO-REFERENCE";
}

function noiseReason(line: string, { reason: why, until, file, line: at }: NoiseRule): Reason {
  return reason("DMFP-FNO-NOISE", {
    message: line,
    fix: `Nothing: declared harmless until ${until} (${file}:${at}). ${why}`,
  });
}

/** Messages of nothing but empty phrases are kept whole. */
function nothingSaid(messages: readonly string[]): Reason {
  const words = messages.flatMap(infologLines).join(" ");
  return words === "" ? reason("DMFP-FNO-NO-REASON") : reason("DMFP-FNO-NO-REASON", { message: words });
}
