import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Credentials } from "../project/sign-in-definition.ts";

export interface ClientCertificate {
  /** Certificate (and chain) with its private key, not encrypted any more. A secret: it is handed on, never shown. */
  readonly pem: string;
  readonly validToMs: number;
}

export interface CertificateOptions {
  readonly environment: string;
  readonly clock: Clock;
}

/**
 * Reads the certificate an application signs in with, and finds out here what Microsoft Entra would say only in a
 * number: a file without key, a key of another certificate, a password that does not open it, a certificate that has
 * ended. Throws DMFP-CREDENTIAL.
 */
export async function readClientCertificate(
  { certificateFile: file, certificatePassword }: Extract<Credentials, { kind: "client-certificate" }>,
  { environment, clock }: CertificateOptions,
): Promise<ClientCertificate> {
  const unusable = (message: string, next: string, cause?: unknown): DmfpipeError =>
    new DmfpipeError("DMFP-CREDENTIAL", message, { at: { environment, file }, next, cause });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw unusable("The certificate to sign in with cannot be read.", "Correct certificateFile.", cause);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const [first] = blocks;
  if (first === undefined) {
    throw unusable(
      "The file to sign in with holds no certificate in PEM form.",
      "A .pfx becomes PEM by: openssl pkcs12 -in client.pfx -out client.pem",
    );
  }
  const certificate = readCertificate(first);
  if (certificate === undefined) {
    throw unusable("The certificate to sign in with is damaged.", "Export the certificate again.");
  }
  const key = readKey(text, certificatePassword?.reveal());
  if (typeof key === "string") {
    throw unusable(`The private key in the file to sign in with cannot be used: ${key}.`, keyAdvice[key]);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw unusable(
      "The private key in the file to sign in with belongs to another certificate.",
      "Put the certificate and its own key into the file, the certificate before those of its chain.",
    );
  }
  const validToMs = certificate.validToDate.getTime();
  if (validToMs <= clock.now()) {
    throw unusable(
      `The certificate to sign in with ended on ${certificate.validToDate.toISOString().slice(0, 10)}.`,
      "Make a new one, upload its public part to the app registration, and put it in this place.",
    );
  }
  const pem = `${key.export({ type: "pkcs8", format: "pem" }).toString()}${blocks.join("\n")}\n`;
  return { pem, validToMs };
}

const keyAdvice = {
  "there is none": "Put the private key into the same file; it is what proves who signs in.",
  "it is encrypted": "Name the variable with its password in certificatePassword.",
  "the password does not open it": "Correct the variable that certificatePassword names.",
} as const;

function readKey(text: string, password: string | undefined): KeyObject | keyof typeof keyAdvice {
  const block = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/.exec(text);
  if (block === null) return "there is none";
  const encrypted = block[1] === "ENCRYPTED " || /^Proc-Type: .*ENCRYPTED/m.test(block[0]);
  if (encrypted && password === undefined) return "it is encrypted";
  try {
    return createPrivateKey({ key: block[0], ...(encrypted ? { passphrase: password } : {}) });
  } catch {
    return encrypted ? "the password does not open it" : "there is none";
  }
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
