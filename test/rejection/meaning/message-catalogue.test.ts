import { describe, expect, test } from "vitest";
import { reasonRegistry } from "../../../src/errors/registry.ts";
import { builtInRules, MessageCatalogue } from "../../../src/rejection/meaning/message-catalogue.ts";

const catalogue = new MessageCatalogue();

describe.each(builtInRules())("the rules for $language", ({ rules, empty }) => {
  test.each(rules)("$text", ({ example, code, evidence }) => {
    // Understood by this rule or by an earlier one that says the same: no rule stands in the shadow of a wrong one.
    expect(catalogue.understand(example)).toMatchObject({ code });
    expect(evidence).toMatch(/^(measured|seen|assumed)/);
  });

  test.each(empty)("an empty phrase: %s", (phrase) => {
    const said = phrase.replaceAll("{any}", "PurchLine (PurchLine)");
    expect(catalogue.saysNothing(`${said}.`)).toBe(true);
    expect(catalogue.saysNothing(`${said}, because the vendor is on hold.`)).toBe(false);
  });
});

describe("what is taken out of a message", () => {
  test.each([
    [
      "The value 'Z9' in field 'Customer group' is not found in the related table 'Customer groups'.",
      { field: "Customer group", value: "Z9", table: "Customer groups" },
    ],
    [
      "The value 'O'Brien' in field 'Worker' is not found in the related table 'Children's names'",
      { field: "Worker", value: "O'Brien", table: "Children's names" },
    ],
    [
      "Der Wert „Z9“ im Feld „Debitorengruppe“ ist in der zugehörigen Tabelle „Debitorengruppen“ nicht enthalten.",
      { field: "Debitorengruppe", value: "Z9", table: "Debitorengruppen" },
    ],
    [
      "La valeur « Z9 » dans le champ « Groupe » est introuvable dans la table associée « Groupes ».",
      { field: "Groupe", value: "Z9", table: "Groupes" },
    ],
    ["Field 'Customer group' must be filled in", { field: "Customer group" }],
    [
      "Inventory dimension Site is mandatory and must consequently be specified.",
      { field: "Inventory dimension Site" },
    ],
    ["update not allowed for field 'Party ID'", { field: "Party ID" }],
  ])("%s", (message, parts) => {
    expect(catalogue.understand(message)).toMatchObject(parts);
  });
});

test("a message no rule knows is understood by none", () => {
  expect(catalogue.understand("The moon is in the wrong quarter.")).toBeUndefined();
});

test("every class of F&O's refusals but those dmfpipe finds by itself has a rule", () => {
  const own = ["DMFP-FNO-NOISE", "DMFP-FNO-NO-REASON", "DMFP-FNO-STAGING"];
  const classes = Object.keys(reasonRegistry).filter(
    (code) => code.startsWith("DMFP-FNO-") && !own.includes(code),
  );
  const used = new Set<string>(builtInRules().flatMap(({ rules }) => rules.map(({ code }) => code)));
  expect(classes.filter((code) => !used.has(code))).toEqual([]);
});

test("a hostile message takes no time to speak of", () => {
  for (const piece of ["'", "in field '", "value '", "a b "]) {
    catalogue.understand(piece.repeat(20_000));
    expect(catalogue.saysNothing(piece.repeat(20_000))).toBe(false);
  }
});
