import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { Clock } from "../errors/clock.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

/** The key pair tokens are signed with. */
export interface TokenSigning {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Thumbprint of the certificate: `kid` and `x5t` of tokens and of the published key. */
  readonly keyId: string;
  /** The key's certificate as base64 without line breaks, as a published key carries it. */
  readonly certificate: string;
}

const validForMs = 10 * 365 * 24 * 60 * 60 * 1000;

/** The pair of this environment: made once and kept, so that a token survives a restart. */
export async function tokenSigning(database: DatabaseSync, clock: Clock): Promise<TokenSigning> {
  const known = read(database, "token key");
  const privateKey =
    known === undefined
      ? (await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })).privateKey
      : createPrivateKey(known);
  const publicKey = createPublicKey(privateKey);
  const certificate =
    read(database, "token certificate") ??
    selfSignedCertificate({
      commonName: "accounts.accesscontrol.windows.net",
      names: [],
      privateKey,
      publicKey,
      validFromMs: clock.now(),
      validToMs: clock.now() + validForMs,
    });
  write(database, "token key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write(database, "token certificate", certificate);
  const { raw } = new X509Certificate(certificate);
  return {
    privateKey,
    publicKey,
    keyId: createHash("sha1").update(raw).digest("base64url"),
    certificate: raw.toString("base64"),
  };
}

function read(database: DatabaseSync, name: string): string | undefined {
  const row = database.prepare("SELECT value FROM environment WHERE name = ?").get(name);
  return row?.["value"] as string | undefined;
}

function write(database: DatabaseSync, name: string, value: string): void {
  database
    .prepare("INSERT INTO environment (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
    .run(name, value);
}
