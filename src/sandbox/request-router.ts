import type { Clock } from "../errors/clock.ts";
import { readToken } from "./access-token.ts";
import type { ActionContext } from "./action-context.ts";
import { answerAdmin, isAdminPath, type AdminContext } from "./admin-endpoint.ts";
import { answerCustomService, isCustomServicePath } from "./custom-services.ts";
import { answerDiscovery } from "./entra-discovery.ts";
import { answerUnderFault } from "./fault-answer.ts";
import type { Handler, SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { noResourceAnswer, odataErrorAnswer, unauthorizedAnswer } from "./odata-answer.ts";
import type { ODataService } from "./odata-service.ts";
import { operationName } from "./operation-name.ts";
import { actionName, answerAction } from "./package-actions.ts";
import { answerConnector, isConnectorPath, type ConnectorContext } from "./recurring-endpoint.ts";
import type { SandboxApplication } from "./sandbox-settings.ts";
import { answerTokenRequest, isTokenPath } from "./token-endpoint.ts";
import type { TokenSigning } from "./token-signing.ts";
import type { WorkspaceContext } from "./workspace/workspace-context.ts";
import { answerWorkspace, isWorkspacePath } from "./workspace/workspace-router.ts";

export interface RouterContext extends ActionContext, AdminContext, ConnectorContext, WorkspaceContext {
  readonly odata: ODataService;
  readonly signing: TokenSigning;
  readonly clock: Clock;
}

/** Everything the sandbox answers: planned faults first, then tokens, then F&O behind its sign-in. */
export function requestRouter(context: RouterContext): Handler {
  return async (received) => {
    const request = withoutOnPremisesPath(received);
    if (isAdminPath(request.path)) return answerAdmin(context, request);
    if (isWorkspacePath(request.path)) return answerWorkspace(context, request);
    const fault = context.faults.take(operationName(request.path));
    if (fault === undefined) return route(context, request);
    return answerUnderFault({ fault, request, context, route });
  };
}

/** On-premises environments have the same paths below `/namespaces/AXSF`. Source: Microsoft's documentation. */
function withoutOnPremisesPath(request: SandboxRequest): SandboxRequest {
  const path = request.path.replace(/^\/namespaces\/AXSF(?=\/)/i, "");
  return path === request.path ? request : { ...request, path };
}

async function route(context: RouterContext, request: SandboxRequest): Promise<SandboxAnswer> {
  if (isTokenPath(request.path)) return answerTokenRequest(request, context);
  const discovered = answerDiscovery(request, context);
  if (discovered !== undefined) return discovered;
  const connector = isConnectorPath(request.path);
  const service = isCustomServicePath(request.path);
  if (!connector && !service && !isODataPath(request.path)) {
    return noResourceAnswer(`${context.base}${request.path}`);
  }
  const application = signedIn(context, request.headers["authorization"]);
  if (application === undefined) return unauthorizedAnswer(context.settings.tenant);
  if (service) return answerCustomService(context, request, application);
  if (!application.mayManageData) {
    return odataErrorAnswer(
      403,
      "Access denied: the user is not authorized for data management.",
      "System.UnauthorizedAccessException",
    );
  }
  if (connector) return answerConnector(context, request, application);
  const action = actionName(request.path);
  return action === undefined
    ? context.odata.answer(context.base, request)
    : answerAction(context, action, request);
}

function isODataPath(path: string): boolean {
  return path === "/data" || path.startsWith("/data/") || path.startsWith("/metadata/");
}

/**
 * The application behind a bearer token. Source: Microsoft's documentation of service authentication; a client that
 * has a token but is not listed under Microsoft Entra applications is answered with 401.
 */
function signedIn(context: RouterContext, authorization: string | undefined): SandboxApplication | undefined {
  const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined || context.faults.isRevoked(token)) return undefined;
  const { signing, base: audience, settings, clock } = context;
  const nowSeconds = Math.floor(clock.now() / 1000);
  const claims = readToken(token, { signing, audience, tenantId: settings.tenantId, nowSeconds });
  return settings.applications.find((known) => known.registered && known.clientId === claims?.appid);
}
