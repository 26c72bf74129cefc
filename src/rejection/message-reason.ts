import { reason, type Reason } from "../errors/reason.ts";

/** Lines of F&O's infolog that say that something failed, but not why. */
const emptyPhrases = [
  /^Validations failed while writing entity record\.?$/i,
  /^Results\.?$/i,
  /^Update has been canceled\.*$/i,
];

interface MessageRule {
  readonly pattern: RegExp;
  readonly reason: (groups: Readonly<Record<string, string>>, message: string) => Reason;
}

/** The shapes of message that make up most of what F&O says; anything else is a business rule. */
const rules: readonly MessageRule[] = [
  {
    pattern:
      /The value '(?<value>.*)' in field '(?<field>.*)' is not found in the related table '(?<table>.*)'/s,
    reason: ({ value, field, table }, message) =>
      reason("DMFP-FNO-REFERENCE", {
        field,
        value,
        message,
        fix: `Create "${value ?? ""}" in ${table ?? "F&O"}, or correct the value.`,
      }),
  },
  {
    pattern: /Field '(?<field>.*)' must be filled in/s,
    reason: ({ field }, message) =>
      reason("DMFP-FNO-MANDATORY", { field, message, fix: `Fill in ${field ?? "the field"}.` }),
  },
];

/**
 * Turns one ErrorMessage of F&O, which may hold several lines of its infolog, into reasons: one for each
 * line that says something. A message of nothing but empty phrases is kept whole.
 */
export function reasonsOfMessage(errorMessage: string): Reason[] {
  const lines = errorMessage
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:Results\.\s+)?(?:(?:Info|Warning|Error):\s*)?/i, "").trim())
    .filter((line) => line !== "");
  const telling = lines.filter((line) => !emptyPhrases.some((phrase) => phrase.test(line)));
  if (telling.length === 0) {
    return [
      lines.length === 0
        ? reason("DMFP-FNO-NO-REASON")
        : reason("DMFP-FNO-RULE", { message: lines.join(" ") }),
    ];
  }
  return [...new Set(telling)].map(classify);
}

function classify(line: string): Reason {
  for (const rule of rules) {
    const match = rule.pattern.exec(line);
    if (match !== null) return rule.reason({ ...match.groups }, line);
  }
  return reason("DMFP-FNO-RULE", { message: line });
}
