import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

/** What the server presents, and what a client must trust to accept it. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
  /** The certificate's file: a client names it in NODE_EXTRA_CA_CERTS, SSL_CERT_FILE or its own setting. */
  readonly certificateFile: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Some systems refuse server certificates that live longer than 825 days. */
const lifetimeMs = 820 * dayMs;
const renewBeforeMs = 30 * dayMs;

/**
 * The certificate of the sandbox in this data folder, for `localhost` and `127.0.0.1`. Made when first asked for and
 * kept: a client that trusts it goes on doing so after a restart. Made anew a month before it ends. Throws
 * DMFP-SANDBOX-START when the folder cannot be used.
 */
export function tlsIdentity(dataFolder: string, clock: Clock): TlsIdentity {
  const certificateFile = path.join(dataFolder, "certificate.pem");
  const keyFile = path.join(dataFolder, "certificate-key.pem");
  try {
    const known = readIdentity(certificateFile, keyFile);
    if (
      known !== undefined &&
      new X509Certificate(known.certificate).validToDate.getTime() - clock.now() > renewBeforeMs
    ) {
      return known;
    }
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const certificate = selfSignedCertificate({
      commonName: "dmfpipe F&O sandbox",
      names: ["localhost", "127.0.0.1"],
      privateKey,
      publicKey,
      validFromMs: clock.now() - dayMs,
      validToMs: clock.now() - dayMs + lifetimeMs,
    });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    mkdirSync(dataFolder, { recursive: true });
    // The key first: a certificate without its key is never found.
    replace(keyFile, key);
    replace(certificateFile, certificate);
    return { certificate, privateKey: key, certificateFile };
  } catch (cause) {
    throw new DmfpipeError(
      "DMFP-SANDBOX-START",
      `The sandbox cannot keep its certificate in ${dataFolder}.`,
      {
        cause,
      },
    );
  }
}

/** Undefined when there is none, or when a kill left a certificate that does not belong to the key. */
function readIdentity(certificateFile: string, keyFile: string): TlsIdentity | undefined {
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return undefined;
  const certificate = readFileSync(certificateFile, "utf8");
  const privateKey = readFileSync(keyFile, "utf8");
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))
    ? { certificate, privateKey, certificateFile }
    : undefined;
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.partial`, text, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}
