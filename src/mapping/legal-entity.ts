import { reason, type Reason } from "../errors/reason.ts";
import { compileExpression, type ExpressionContext } from "./compile-expression.ts";
import type { CompiledExpression } from "./compiled-expression.ts";
import { parseExpression } from "./parse.ts";

/** Company codes as F&O has them: up to four letters and digits. */
const companyCode = /^[A-Z0-9]{1,4}$/;
const bareCode = /^[\p{L}\p{N}]{1,4}$/u;

/**
 * Compiles the mapping's `legalEntity`. One to four letters or digits standing alone are the company itself
 * (`USMF`), anything else is an expression (`COMPANY | map(…)`). Throws DMFP-MAPPING-EXPRESSION, also when a
 * value it can give is no company code; other mistakes go to the context's list.
 */
export function compileLegalEntity(written: string, context: ExpressionContext): CompiledExpression {
  const { source } = context;
  const expression = isCompanyCode(written)
    ? constantExpression(written.trim())
    : compileExpression(parseExpression(source), context);
  const wrong = expression.outcomes?.find(({ value }) => value !== "" && normalCompany(value) === undefined);
  if (wrong !== undefined) {
    throw source.error(wrong.at, `"${wrong.value}" is no legal entity: one to four letters or digits.`);
  }
  return expression;
}

/** Whether a `legalEntity` as written is a company itself rather than an expression. */
export function isCompanyCode(written: string): boolean {
  return bareCode.test(written.trim());
}

/** A company code in upper case, or undefined when the value is none. */
export function normalCompany(value: string): string | undefined {
  const code = value.trim().toUpperCase();
  return companyCode.test(code) ? code : undefined;
}

/** The reason for a record whose legal entity is empty or no company code. */
export function noCompany(value: string): Reason {
  const message =
    value.trim() === ""
      ? "The record has no legal entity: what the mapping takes it from is empty."
      : `"${value}" is no legal entity: it has to be one to four letters or digits.`;
  return reason("DMFP-MAP-COMPANY", { field: "legalEntity", value, message });
}

function constantExpression(value: string): CompiledExpression {
  return {
    type: "text",
    columns: [],
    constant: value,
    outcomes: [{ value, at: 0 }],
    bind: () => () => value,
  };
}
