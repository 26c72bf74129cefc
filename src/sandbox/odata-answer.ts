import type { ActionRefused } from "./action-refused.ts";
import { jsonAnswer, type SandboxAnswer } from "./http-exchange.ts";

/**
 * The result of an action: a scalar under `value`. The context names the type of the scalar.
 * Source: Microsoft's documentation of the data management package API.
 */
export function scalarAnswer(base: string, value: string | boolean): SandboxAnswer {
  const type = typeof value === "boolean" ? "Edm.Boolean" : "Edm.String";
  return jsonAnswer(200, { "@odata.context": `${base}/data/$metadata#${type}`, value });
}

/**
 * A failed action: `An error has occurred.` outside, the useful text inside.
 * Source: bodies quoted in public issues of Microsoft's own integration samples.
 */
export function refusedActionAnswer(action: string, refused: ActionRefused): SandboxAnswer {
  const where = `Exception occurred while executing action ${action} on Entity DataManagementDefinitionGroup`;
  return odataErrorAnswer(refused.status, `${where}: ${refused.message}`, refused.type);
}

/** Any OData error with the documented wrapper. */
export function odataErrorAnswer(
  status: number,
  text: string,
  type = "System.InvalidOperationException",
): SandboxAnswer {
  return jsonAnswer(status, {
    error: {
      code: "",
      message: "An error has occurred.",
      innererror: { message: text, type, stacktrace: "   at Microsoft.Dynamics.Sandbox" },
    },
  });
}

/** What Web API answers when no route fits. Source: the text is quoted in public issues. */
export function noResourceAnswer(url: string): SandboxAnswer {
  return jsonAnswer(404, { Message: `No HTTP resource was found that matches the request URI '${url}'.` });
}

/** What Web API answers when a route fits but its method does not. Source: the text of the library F&O is built on. */
export function methodNotAllowedAnswer(method: string): SandboxAnswer {
  return jsonAnswer(405, { Message: `The requested resource does not support http method '${method}'.` });
}

/** 401 without a body. Assumption: no source shows the body F&O sends. */
export function unauthorizedAnswer(tenant: string): SandboxAnswer {
  const challenge = `Bearer authorization_uri="https://login.windows.net/${tenant}"`;
  return { status: 401, headers: { "www-authenticate": challenge }, body: "" };
}

/** Text of the only throttling that is left. Source: Microsoft's documentation of priority based throttling. */
export const throttledText =
  "This request could not be processed at this time due to system experiencing high resource utilization.";
