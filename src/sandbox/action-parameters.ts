import { ActionRefused } from "./action-refused.ts";

/** The JSON body of an action. Throws ActionRefused when it is no JSON object. An empty body has no parameters. */
export function readParameters(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new ActionRefused("The request body is not valid JSON.", {
      type: "Microsoft.OData.ODataException",
    });
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new ActionRefused("The request body is not a JSON object.", {
      type: "Microsoft.OData.ODataException",
    });
  }
  return data as Record<string, unknown>;
}

/** A string parameter; absent or null is "". */
export function stringParameter(parameters: Readonly<Record<string, unknown>>, name: string): string {
  const value = parameters[name] ?? "";
  if (typeof value !== "string") throw wrongType(name, "Edm.String");
  return value;
}

/** A boolean parameter; absent is false. */
export function booleanParameter(parameters: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = parameters[name] ?? false;
  if (typeof value !== "boolean") throw wrongType(name, "Edm.Boolean");
  return value;
}

function wrongType(name: string, type: string): ActionRefused {
  return new ActionRefused(
    `Cannot convert the value of parameter '${name}' to the expected type '${type}'.`,
    {
      type: "Microsoft.OData.ODataException",
    },
  );
}
