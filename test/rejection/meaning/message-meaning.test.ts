import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../../src/entity/catalogue.ts";
import type { Reason } from "../../../src/errors/reason.ts";
import type { EntitySchema } from "../../../src/entity/entity-schema.ts";
import type { NoiseRule } from "../../../src/project/message-rules.ts";
import { MessageMeaning, plainMeaning } from "../../../src/rejection/meaning/message-meaning.ts";
import { expiredNoiseWarnings } from "../../../src/rejection/meaning/noise.ts";
import type { MessageSubject } from "../../../src/rejection/meaning/reference-target.ts";

const said = (...messages: string[]): Reason[] => plainMeaning().reasonsOf(messages);

function customers(): EntitySchema {
  const schema = EntityCatalogue.builtIn().find("Customers V3");
  if (schema === undefined) throw new TypeError("the catalogue has no customers");
  return schema;
}

function customer(values: Readonly<Record<string, string>>): MessageSubject {
  return { schema: customers(), fields: Object.keys(values), values: Object.values(values) };
}

describe("what F&O says, as reasons", () => {
  test("a missing reference names field, value and what to create", () => {
    const [found] = said(
      "\n The value 'NET99' in field 'Terms of payment' is not found in the related table 'Terms of payment'\r\n Validations failed while writing entity record\r\n",
    );
    expect(found).toMatchObject({
      code: "DMFP-FNO-REFERENCE",
      field: "Terms of payment",
      value: "NET99",
      refersTo: "Terms of payment",
      fix: 'Create "NET99" in Terms of payment, or correct the value.',
    });
  });

  test("a mandatory field", () => {
    expect(said("Results. Field 'Customer group' must be filled in.")).toMatchObject([
      { code: "DMFP-FNO-MANDATORY", field: "Customer group", fix: "Fill in Customer group." },
    ]);
  });

  test("several lines are several reasons, the same line twice is one, over several messages too", () => {
    const reasons = said("Error: A is wrong\r\nWarning: B is odd\r\nA is wrong", "B is odd");
    expect(reasons.map((reason) => reason.message)).toEqual(["A is wrong", "B is odd"]);
  });

  test("an infolog of OData is taken apart", () => {
    const reasons = said(
      "Write failed for table row of type 'SalesOrderLineV3Entity'. Infolog: Warning: Inventory dimension Site is mandatory and must consequently be specified.; Error: Update has been canceled..",
    );
    expect(reasons).toMatchObject([{ code: "DMFP-FNO-MANDATORY", field: "Inventory dimension Site" }]);
  });

  test("what no rule knows is a business rule; empty phrases alone say nothing, and are kept", () => {
    expect(said("The vendor is on hold.")).toMatchObject([{ code: "DMFP-FNO-RULE" }]);
    const phrase = "Validations failed while writing entity record";
    expect(said(phrase)).toMatchObject([{ code: "DMFP-FNO-NO-REASON", message: phrase }]);
    expect(said(" \r\n ")).toMatchObject([{ code: "DMFP-FNO-NO-REASON" }]);
    expect(said()).toEqual([]);
  });

  test("what was busy is to be loaded again as it is", () => {
    expect(
      said(
        "Cannot edit a record in Customers. Deadlock, where one or more users have simultaneously locked the whole table.",
      ),
    ).toMatchObject([{ code: "DMFP-FNO-TRANSIENT", fix: "Load the record again as it is." }]);
  });

  test("a project's own rule comes first, with its own field and advice", () => {
    const rule = {
      text: "is not in an open period for {value}",
      code: "DMFP-FNO-POSTING" as const,
      field: "ACCOUNTINGDATE",
      fix: "Ask finance to open {value}.",
      example: "31.01.2025 is not in an open period for USMF",
    };
    const meaning = new MessageMeaning({ messages: { rules: [rule], noise: [] }, today: "2026-11-23" });
    expect(meaning.reasonsOf([rule.example])).toMatchObject([
      { code: "DMFP-FNO-POSTING", field: "ACCOUNTINGDATE", value: "USMF", fix: "Ask finance to open USMF." },
    ]);
  });
});

describe("the record a message is about", () => {
  const missing = (field: string, value: string, table: string): string =>
    `The value '${value}' in field '${field}' is not found in the related table '${table}'`;

  test("F&O's label becomes the target field, and its table the entity the steward knows", () => {
    const subject = customer({ CUSTOMERACCOUNT: "1", CUSTOMERGROUPID: "Z9 ", SALESCURRENCYCODE: "EUR" });
    const [found] = plainMeaning().reasonsOf([missing("Customer group", "z9", "CustGroup")], subject);
    expect(found).toMatchObject({ field: "CUSTOMERGROUPID", value: "Z9", refersTo: "Customer groups" });
  });

  test("a label in another language is found by its value, unless several fields have that", () => {
    const german =
      "Der Wert „Z9“ im Feld „Debitorengruppe“ ist in der zugehörigen Tabelle „Debitorengruppen“ nicht enthalten.";
    const unique = customer({ CUSTOMERACCOUNT: "1", CUSTOMERGROUPID: "Z9" });
    expect(plainMeaning().reasonsOf([german], unique)).toMatchObject([
      { field: "CUSTOMERGROUPID", refersTo: "Customer groups" },
    ]);
    const twice = customer({ CUSTOMERACCOUNT: "Z9", CUSTOMERGROUPID: "Z9" });
    expect(plainMeaning().reasonsOf([german], twice)).toMatchObject([
      { field: "Debitorengruppe", value: "Z9", refersTo: "Debitorengruppen" },
    ]);
  });

  test("a mandatory field is the one of the mapping", () => {
    const subject = customer({ CUSTOMERACCOUNT: "1", CUSTOMERGROUPID: "" });
    expect(plainMeaning().reasonsOf(["Field 'Customer group' must be filled in"], subject)).toMatchObject([
      { field: "CUSTOMERGROUPID", fix: "Fill in CUSTOMERGROUPID." },
    ]);
  });
});

describe("noise", () => {
  const rule = (more: Partial<NoiseRule>): NoiseRule => ({
    reason: "Nobody uses it.",
    until: "2026-11-30",
    file: "mappings/messages.yaml",
    line: 4,
    ...more,
  });
  const judge = (noise: NoiseRule, today = "2026-11-23T12:00:00Z"): MessageMeaning =>
    new MessageMeaning({ messages: { rules: [], noise: [noise] }, today });
  const harmless = "Entity 'Customers' doesn't have primary or unique key";
  const byText = rule({ text: "doesn't have primary or unique key" });

  test("comes last beside other reasons, and says until when and why", () => {
    expect(judge(byText).reasonsOf([harmless, "The vendor is on hold."])).toMatchObject([
      { code: "DMFP-FNO-RULE" },
      {
        code: "DMFP-FNO-NOISE",
        message: harmless,
        fix: "Nothing: declared harmless until 2026-11-30 (mappings/messages.yaml:4). Nobody uses it.",
      },
    ]);
  });

  test("a record of which nothing else is said is refused all the same, and that comes first", () => {
    const codes = judge(byText)
      .reasonsOf([harmless])
      .map(({ code }) => code);
    expect(codes).toEqual(["DMFP-FNO-NO-REASON", "DMFP-FNO-NOISE"]);
  });

  test("a message is noise when each of its lines is", () => {
    expect(
      judge(byText).noiseOf(
        `Results. ${harmless}\r\nValidations failed while writing entity record`,
        undefined,
      ),
    ).toMatchObject(byText);
    expect(judge(byText).noiseOf(`${harmless}\r\nThe vendor is on hold.`, undefined)).toBeUndefined();
    expect(
      judge(byText).noiseOf("Validations failed while writing entity record", undefined),
    ).toBeUndefined();
  });

  test("by kind and by entity", () => {
    const updates = rule({ code: "DMFP-FNO-UPDATE", entity: "customers v3" });
    const message = "update not allowed for field 'Party ID'";
    expect(judge(updates).noiseOf(message, "Customers V3")).toMatchObject(updates);
    expect(judge(updates).noiseOf(message, "Vendors V2")).toBeUndefined();
    expect(judge(updates).noiseOf(message, undefined)).toBeUndefined();
    expect(judge(updates).noiseOf("Field 'Name' must be filled in", "Customers V3")).toBeUndefined();
  });

  test("ends with its last day, and is warned of then", () => {
    expect(judge(byText, "2026-11-30T23:59:59Z").noiseOf(harmless, undefined)).toBeDefined();
    expect(judge(byText, "2026-12-01T00:00:00Z").noiseOf(harmless, undefined)).toBeUndefined();
    expect(expiredNoiseWarnings([byText], "2026-11-30")).toEqual([]);
    expect(expiredNoiseWarnings([byText], "2026-12-01")).toEqual([
      expect.stringContaining(
        'mappings/messages.yaml:4: "doesn\'t have primary or unique key" was declared harmless until 2026-11-30',
      ),
    ]);
  });
});
