import { accessSync, constants } from "node:fs";
import { variable, type Variables } from "../proxy-variables.ts";
import type { Finding } from "./examination.ts";

/** Variables that change how requests leave this machine, and whom it trusts. */
const watched = [
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_TLS_REJECT_UNAUTHORIZED",
] as const;

/**
 * What the surroundings say about proxies and certificates; user names and passwords in addresses are not shown. Node
 * reads NODE_EXTRA_CA_CERTS once, when it starts, and only warns of a file that it cannot read.
 */
export function examineMachine(variables: Variables): Finding {
  const proxied = ["HTTPS_PROXY", "HTTP_PROXY"].some((name) => variable(variables, name) !== undefined);
  // Without a proxy there is nothing to be excepted from.
  const used = [...watched, ...(proxied ? ["NO_PROXY"] : [])].flatMap((name) => {
    const value = variable(variables, name);
    return value === undefined ? [] : [`${name}=${withoutUser(value)}`];
  });
  const message = used.length === 0 ? "No proxy, no certificates of your own." : `${used.join(", ")}.`;
  if (variables["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    return {
      state: "warning",
      message: `${message} Certificates are not checked at all: anybody on the way can read the token.`,
      fix: "Unset NODE_TLS_REJECT_UNAUTHORIZED, and name the authority to trust in NODE_EXTRA_CA_CERTS.",
    };
  }
  const extra = variables["NODE_EXTRA_CA_CERTS"] ?? "";
  if (extra !== "" && !isReadable(extra)) {
    return {
      state: "warning",
      message: `${message} NODE_EXTRA_CA_CERTS names a file that cannot be read.`,
      fix: "Correct NODE_EXTRA_CA_CERTS.",
    };
  }
  return { state: "ok", message };
}

function withoutUser(value: string): string {
  return value.replace(/\/\/[^/@]*@/, "//***@");
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
