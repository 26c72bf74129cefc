import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { ReasonCode } from "../errors/registry.ts";
import { MessageTemplate, readableMessage } from "./message-template.ts";
import { YamlFile } from "./yaml-file.ts";

/** The kinds of problem a message of F&O can speak of. */
const messageCodes = [
  "DMFP-FNO-REFERENCE",
  "DMFP-FNO-MANDATORY",
  "DMFP-FNO-DUPLICATE",
  "DMFP-FNO-TOO-LONG",
  "DMFP-FNO-FORMAT",
  "DMFP-FNO-VALUE-LIST",
  "DMFP-FNO-UPDATE",
  "DMFP-FNO-NUMBER-SEQUENCE",
  "DMFP-FNO-POSTING",
  "DMFP-FNO-DIMENSION",
  "DMFP-FNO-CONFIGURATION",
  "DMFP-FNO-WORKFLOW",
  "DMFP-FNO-PERMISSION",
  "DMFP-FNO-TRANSIENT",
  "DMFP-FNO-RULE",
] as const satisfies readonly ReasonCode[];

export type MessageCode = (typeof messageCodes)[number];

const codeShape = z.enum(messageCodes);

const templateShape = z
  .string()
  .superRefine((text, context) => {
    const parsed = MessageTemplate.parse(text);
    if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
  })
  .describe(
    "The message, with {field}, {value}, {table} and {any} for what changes. Case and kind of quotes do not matter.",
  );

const dayShape = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text), "a day such as 2026-12-31");

/** A rule that says what a message of F&O means. */
export const messageRuleShape = z
  .strictObject({
    text: templateShape,
    code: codeShape.describe("What kind of problem it is; docs/errors.md explains the codes."),
    field: z
      .string()
      .min(1)
      .optional()
      .describe("The target field it is about, where the message names none."),
    fix: z
      .string()
      .min(1)
      .optional()
      .describe("What to do about it; may contain {field}, {value} and {table}. Default: that of the code."),
    example: z.string().describe("A message as F&O wrote it, which the rule must fit."),
    evidence: z.string().min(1).optional().describe("Where the message was seen."),
  })
  .superRefine(({ text, example }, context) => {
    const parsed = MessageTemplate.parse(text);
    if (typeof parsed === "string" || parsed.match(readableMessage(example)) !== undefined) return;
    context.addIssue({ code: "custom", path: ["example"], message: "is not fitted by the text of its rule" });
  });

/** A rule that says which messages are harmless. */
const noiseShape = z
  .strictObject({
    text: templateShape.optional(),
    code: codeShape.optional().describe("Only messages of this kind."),
    entity: z.string().min(1).optional().describe("Only about records of this entity; its DMF label."),
    reason: z.string().min(1).describe("Why it is harmless: a whole sentence, for whoever wonders."),
    until: dayShape.describe("Last day on which it counts as harmless; then somebody has to look again."),
  })
  .refine(
    ({ text, code }) => text !== undefined || code !== undefined,
    "needs a text or a code, or it would fit everything",
  );

/** mappings/messages.yaml. */
export const messagesShape = z.strictObject({
  messages: z
    .array(messageRuleShape)
    .default([])
    .describe("What messages mean; asked before the rules of dmfpipe."),
  noise: z.array(noiseShape).default([]).describe("Messages that are harmless here."),
});

export type MessageRule = z.infer<typeof messageRuleShape>;

/** Messages a project has declared to be harmless, and where it did. */
export interface NoiseRule extends z.infer<typeof noiseShape> {
  readonly file: string;
  readonly line: number;
}

/** What a project knows about messages of F&O. */
export interface ProjectMessages {
  readonly rules: readonly MessageRule[];
  readonly noise: readonly NoiseRule[];
}

/** Where a project keeps its rules for messages. */
export function messagesPath(projectRoot: string): string {
  return path.join(projectRoot, "mappings", "messages.yaml");
}

/** Reads the project's rules for messages; undefined where it has none. Throws DMFP-MESSAGES-INVALID. */
export function readMessages(projectRoot: string): ProjectMessages | undefined {
  const absolute = messagesPath(projectRoot);
  if (!existsSync(absolute)) return undefined;
  const file = path.relative(projectRoot, absolute);
  const yaml = YamlFile.parse(readFileSync(absolute, "utf8"), file, messagesShape, "DMFP-MESSAGES-INVALID");
  const noise = yaml.data.noise.map((rule, index) => ({
    ...rule,
    file,
    line: yaml.position("noise", index).line,
  }));
  return { rules: yaml.data.messages, noise };
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
