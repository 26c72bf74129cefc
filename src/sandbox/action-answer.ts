import { jsonAnswer, type SandboxAnswer } from "./http-exchange.ts";
import { scalarAnswer } from "./odata-answer.ts";

/** What an action returns: a scalar, a list of texts, a scalar in an object of its own, or nothing. */
export type ActionResult =
  | string
  | boolean
  | { readonly list: readonly string[] }
  | { readonly nested: string }
  | { readonly nothing: true };

/**
 * The answer of an action that went well. A list is an OData collection of texts; a nested value is what Microsoft's
 * documentation prints for exports; an action without a result answers 204 (clients accept 200 as well).
 */
export function actionAnswer(base: string, result: ActionResult): SandboxAnswer {
  if (typeof result !== "object") return scalarAnswer(base, result);
  if ("nothing" in result) return { status: 204, body: "" };
  const context = `${base}/data/$metadata#`;
  if ("list" in result) {
    return jsonAnswer(200, { "@odata.context": `${context}Collection(Edm.String)`, value: result.list });
  }
  return jsonAnswer(200, { "@odata.context": `${context}Edm.String`, value: { value: result.nested } });
}
