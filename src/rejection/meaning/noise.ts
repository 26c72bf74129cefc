import { MessageTemplate, readableMessage } from "../../project/message-template.ts";
import type { MessageCode, NoiseRule } from "../../project/message-rules.ts";

/** The rules by which messages are harmless on a given day. */
export class Noise {
  readonly #rules: readonly { readonly rule: NoiseRule; readonly template: MessageTemplate | undefined }[];

  /** `today`: ISO 8601, UTC; rules whose last day is over have no effect. */
  constructor(rules: readonly NoiseRule[], today: string) {
    this.#rules = rules
      .filter((rule) => !isOver(rule, today))
      .map((rule) => {
        const parsed = rule.text === undefined ? undefined : MessageTemplate.parse(rule.text);
        return { rule, template: typeof parsed === "string" ? undefined : parsed };
      });
  }

  /** The rule that makes a line harmless. `code`: what it means; `entity`: DMF label, where it is known. */
  ruleFor(line: string, code: MessageCode, entity: string | undefined): NoiseRule | undefined {
    if (this.#rules.length === 0) return undefined;
    const message = readableMessage(line);
    return this.#rules.find(
      ({ rule, template }) =>
        (rule.code === undefined || rule.code === code) &&
        (rule.entity === undefined || rule.entity.toLowerCase() === entity?.toLowerCase()) &&
        (template === undefined || template.match(message) !== undefined),
    )?.rule;
  }
}

/** What is to be said of rules that have no effect any more, one text each. `today`: ISO 8601, UTC. */
export function expiredNoiseWarnings(rules: readonly NoiseRule[], today: string): string[] {
  return rules
    .filter((rule) => isOver(rule, today))
    .map(({ file, line, text, code, until }) => {
      const what = text ?? code ?? "";
      return `${file}:${line}: "${what}" was declared harmless until ${until}; that is over, so these messages count again. Look at them once more, and set another day or remove the rule`;
    });
}

function isOver({ until }: NoiseRule, today: string): boolean {
  return today.slice(0, 10) > until;
}
