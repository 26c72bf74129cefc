import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { readMessages } from "../../src/project/message-rules.ts";
import { MessageTemplate, readableMessage, type MessageParts } from "../../src/project/message-template.ts";

function template(text: string): MessageTemplate {
  const parsed = MessageTemplate.parse(text);
  if (typeof parsed === "string") throw new TypeError(parsed);
  return parsed;
}

const match = (text: string, message: string): MessageParts | undefined =>
  template(text).match(readableMessage(message));

describe("a template", () => {
  test("takes its parts out, whatever the case and the quotes", () => {
    expect(
      match("Field '{field}' must be filled in", 'ERROR: field "Customer group" MUST be filled in.'),
    ).toEqual({
      field: "Customer group",
    });
  });

  test("takes as little as it can, and all that is left at its end", () => {
    expect(
      match("number {value} of {any} is wrong for {field}", "number 7 of 8 of 9 is wrong for the field X."),
    ).toEqual({
      value: "7",
      field: "the field X",
    });
  });

  test("does not fit another message, nor what is too long to be a name", () => {
    expect(match("Field '{field}' must be filled in", "Field 'A' may be filled in")).toBeUndefined();
    expect(
      match("Field '{field}' must be filled in", `Field '${"x".repeat(200)}' must be filled in`),
    ).toEqual({});
  });

  test("letters with a lower case of another length move nothing", () => {
    expect(match("İİ value '{value}' is wrong", "İİ value 'İstanbul' is wrong")).toEqual({
      value: "İstanbul",
    });
  });

  test.each([
    ["{field}", "needs 6 letters"],
    ["the {filed} is wrong", "has {filed}"],
    ["value {value}{field} is wrong", "two places with nothing between"],
    ["value {value} is not {value}", "the same place twice"],
  ])("%s is none", (text, why) => {
    expect(MessageTemplate.parse(text)).toContain(why);
  });

  test("finds any value that stands in it", () => {
    const value = fc
      .string({ minLength: 1, maxLength: 60, unit: "grapheme" })
      .map((text) => text.replaceAll(/\s+/g, " ").trim())
      .filter((text) => text !== "" && !/["'`´‘’‚‛“”„‟«»‹›「」]/u.test(text) && !text.includes("' in field"));
    fc.assert(
      fc.property(value, (text) => {
        const message = `The value '${text}' in field 'A' is not found in the related table 'B'.`;
        const parts = match(
          "value '{value}' in field '{field}' is not found in the related table '{table}'",
          message,
        );
        expect(parts).toEqual({ value: text, field: "A", table: "B" });
      }),
    );
  });
});

describe("mappings/messages.yaml", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "dmfpipe-messages-"));
    mkdirSync(path.join(root, "mappings"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const write = (text: string): void => {
    writeFileSync(path.join(root, "mappings", "messages.yaml"), text);
  };
  const mistake = (text: string): DmfpipeError => {
    write(text);
    try {
      readMessages(root);
    } catch (thrown) {
      if (thrown instanceof DmfpipeError) return thrown;
    }
    throw new TypeError("nothing was found wrong");
  };

  test("there need not be one", () => {
    expect(readMessages(root)).toBeUndefined();
  });

  test("gives the rules, and where each rule for noise stands", () => {
    write(`messages:
  - { text: "limit {value} is too high", code: DMFP-FNO-RULE, example: Limit 7 is too high }
noise:
  - text: a warning about nothing
    reason: It is.
    until: 2026-12-31
`);
    expect(readMessages(root)).toMatchObject({
      rules: [{ code: "DMFP-FNO-RULE" }],
      noise: [{ until: "2026-12-31", file: path.join("mappings", "messages.yaml"), line: 4 }],
    });
  });

  test.each([
    [
      "an example that does not fit",
      "messages:\n  - { text: a limit of {value}, code: DMFP-FNO-RULE, example: No way }",
      2,
    ],
    [
      "a code of dmfpipe's own",
      "messages:\n  - { text: a limit is, code: DMFP-FNO-NOISE, example: a limit is }",
      2,
    ],
    ["noise without a day", "noise:\n  - text: a warning\n    reason: It is.", 2],
    ["a day that is none", "noise:\n  - text: a warning\n    reason: It is.\n    until: 2026-02-30", 4],
    ["noise that fits everything", "noise:\n  - reason: It is.\n    until: 2026-02-28", 2],
    ["a word that is not known", "noises: []", 1],
  ])("%s is a mistake with its line", (_what, text, line) => {
    const error = mistake(text);
    expect(error.code).toBe("DMFP-MESSAGES-INVALID");
    expect(error.at).toMatchObject({ file: path.join("mappings", "messages.yaml"), line });
  });
});
