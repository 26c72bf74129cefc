import type { EnvironmentConnection } from "../../project/environment-definition.ts";
import { tokenClaims } from "../token-claims.ts";
import type { Examination, Finding } from "./examination.ts";
import { examineHost, type HostOptions } from "./host-steps.ts";
import type { Tools } from "./tools.ts";

const title = "Sign-in service";

/**
 * The way to a token: the sign-in service's host, where dmfpipe itself talks to it, and the token. Whether there is a
 * token.
 */
export async function examineSignIn(
  examination: Examination,
  tools: Tools,
  host: Pick<HostOptions, "variables" | "clock">,
): Promise<boolean> {
  const { connection } = tools;
  const { auth, authorityHost } = connection;
  if (auth.kind === "azure-cli" || auth.kind === "managed-identity") {
    const asked = auth.kind === "azure-cli" ? "The Azure CLI" : "Azure, on the machine itself,";
    examination.skip("sign-in-dns", title, `${asked} is asked for the token.`);
  } else {
    const address = new URL(authorityHost);
    const setting = "authorityHost of the environment in project.yaml";
    const reached = await examineHost(examination, { ...host, id: "sign-in", title, address, setting });
    if (!reached) {
      examination.skip("token", "Token", "The sign-in service cannot be reached.");
      return false;
    }
  }
  return await examination.step("token", "Token", () => tokenFinding(tools));
}

async function tokenFinding({ connection, tokens }: Tools): Promise<Finding> {
  const token = await tokens.token();
  const { clientId = tokens.clientId, tenantId, audience } = tokenClaims(token);
  const from = tenantId === undefined ? connection.tenant : `tenant ${tenantId}`;
  const message = `${kindWords[connection.auth.kind]}: client ${clientId ?? "(not told)"} of ${from}.`;
  const wrongAudience =
    audience !== undefined && withoutSlash(audience) !== withoutSlash(connection.resource);
  if (!wrongAudience) return { state: "ok", message };
  // F&O compares the audience with its own address (Microsoft's help on errors of service authentication).
  return {
    state: "warning",
    message: `${message} It is for ${audience}, not for ${connection.resource}.`,
    fix: "If the environment does not accept it, correct url or resource of the environment in project.yaml.",
  };
}

const kindWords: Readonly<Record<EnvironmentConnection["auth"]["kind"], string>> = {
  "client-secret": "Given for the client secret",
  "client-certificate": "Given for the certificate",
  "managed-identity": "Given to the managed identity",
  "workload-identity": "Given for the token of the pod",
  "azure-cli": "Given by the Azure CLI",
};

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "").toLowerCase();
}
