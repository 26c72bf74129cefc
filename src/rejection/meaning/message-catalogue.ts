import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { MessageParts } from "../../project/message-template.ts";
import { MessageTemplate, readableMessage, type ReadableMessage } from "../../project/message-template.ts";
import { messageRuleShape, type MessageCode, type MessageRule } from "../../project/message-rules.ts";
import { YamlFile } from "../../project/yaml-file.ts";

const rulesFolder = path.join(import.meta.dirname, "rules");

/** Rules for one language F&O may answer in. */
const languageShape = z.strictObject({
  language: z.string(),
  /** Lines that say that something failed, but not why. */
  empty: z.array(z.string()),
  messages: z.array(messageRuleShape),
});

/** What the words of a message say. */
export interface UnderstoodMessage extends MessageParts {
  readonly code: MessageCode;
  /** What to do, with {field}, {value} and {table} still to be filled in; absent: that of the code. */
  readonly fix?: string;
}

interface CompiledRule {
  readonly template: MessageTemplate;
  readonly rule: MessageRule;
}

/** The rules of one file, with the language they are for. */
export interface LanguageRules {
  readonly language: string;
  readonly empty: readonly string[];
  readonly rules: readonly MessageRule[];
}

let languages: readonly LanguageRules[] | undefined;

/** The rules that come with dmfpipe: English first, then the other languages by name. Read once. */
export function builtInRules(): readonly LanguageRules[] {
  languages ??= readdirSync(rulesFolder)
    .filter((name) => name.endsWith(".yaml"))
    .sort((a, b) => Number(b === "en.yaml") - Number(a === "en.yaml") || (a < b ? -1 : 1))
    .map((name) => {
      const text = readFileSync(path.join(rulesFolder, name), "utf8");
      const { language, empty, messages } = YamlFile.parse(text, name, languageShape, "DMFP-BUG").data;
      return { language, empty, rules: messages };
    });
  return languages;
}

/** Understands messages of F&O by rules: those of the project first, then dmfpipe's own, language by language. */
export class MessageCatalogue {
  readonly #rules: readonly CompiledRule[];
  readonly #empty: readonly MessageTemplate[];

  constructor(ownRules: readonly MessageRule[] = []) {
    const all = [...ownRules, ...builtInRules().flatMap(({ rules }) => rules)];
    this.#rules = all.flatMap((rule) => {
      const template = MessageTemplate.parse(rule.text);
      return typeof template === "string" ? [] : [{ template, rule }];
    });
    this.#empty = builtInRules().flatMap(({ empty }) =>
      empty.flatMap((text) => {
        const template = MessageTemplate.parse(text);
        return typeof template === "string" ? [] : [template];
      }),
    );
  }

  /** Whether a line says that something failed, and not why. */
  saysNothing(line: string): boolean {
    const message = readableMessage(line);
    return this.#empty.some((template) => template.isWhole(message));
  }

  /** What a line means; undefined where no rule knows it. */
  understand(line: string): UnderstoodMessage | undefined {
    const message: ReadableMessage = readableMessage(line);
    for (const { template, rule } of this.#rules) {
      const parts = template.match(message);
      if (parts === undefined) continue;
      const field = rule.field ?? parts.field;
      return {
        ...parts,
        code: rule.code,
        ...(field === undefined ? {} : { field }),
        ...(rule.fix === undefined ? {} : { fix: rule.fix }),
      };
    }
    return undefined;
  }
}
