import { describe, expect, test } from "vitest";
import { reasonsOfMessage } from "../../src/rejection/message-reason.ts";

describe("what F&O says, as reasons", () => {
  test("a missing reference names field, value and what to create", () => {
    const [found] = reasonsOfMessage(
      "\n The value 'NET99' in field 'Terms of payment' is not found in the related table 'Terms of payment'\r\n Validations failed while writing entity record\r\n",
    );
    expect(found).toMatchObject({ code: "DMFP-FNO-REFERENCE", field: "Terms of payment", value: "NET99" });
    expect(found?.fix).toContain('Create "NET99" in Terms of payment');
  });

  test("a mandatory field", () => {
    expect(reasonsOfMessage("Results. Field 'Customer group' must be filled in.")).toMatchObject([
      {
        code: "DMFP-FNO-MANDATORY",
        field: "Customer group",
        message: "Field 'Customer group' must be filled in.",
      },
    ]);
  });

  test("several lines are several reasons, the same line twice is one", () => {
    const reasons = reasonsOfMessage("Error: A is wrong\r\nWarning: B is odd\r\nA is wrong");
    expect(reasons.map((reason) => reason.message)).toEqual(["A is wrong", "B is odd"]);
  });

  test("a message of empty phrases only is kept", () => {
    expect(reasonsOfMessage("Validations failed while writing entity record")).toMatchObject([
      { code: "DMFP-FNO-RULE", message: "Validations failed while writing entity record" },
    ]);
    expect(reasonsOfMessage(" \r\n ")).toMatchObject([{ code: "DMFP-FNO-NO-REASON" }]);
  });
});
