import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Has this process also trust the certificates of the file named by SSL_CERT_FILE and the folder of SSL_CERT_DIR: the
 * variables that curl, Python and OpenSSL read, and that Node by itself does not. NODE_EXTRA_CA_CERTS needs nothing;
 * Node reads it when it starts. Throws DMFP-USAGE for a file that cannot be read or holds no certificate.
 */
export function trustCertificates(variables: Readonly<Record<string, string | undefined>>): void {
  const { SSL_CERT_FILE: file = "", SSL_CERT_DIR: folder = "" } = variables;
  const found = [
    ...(file === "" ? [] : certificatesIn(file)),
    // OpenSSL takes several folders, and does not mind one that is missing.
    ...folder.split(path.delimiter).flatMap((each) => (existsSync(each) ? certificatesOf(each) : [])),
  ];
  if (found.length > 0) setDefaultCACertificates([...getCACertificates("default"), ...found]);
}

function certificatesIn(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new DmfpipeError("DMFP-USAGE", `The certificates of SSL_CERT_FILE cannot be read: ${file}.`, {
      next: "Correct the variable SSL_CERT_FILE, or unset it.",
      cause,
    });
  }
  const found = text.match(certificate);
  if (found !== null) return found;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `${file}, named by SSL_CERT_FILE, holds no certificate in PEM format.`,
    {
      next: "Correct the variable SSL_CERT_FILE, or unset it.",
    },
  );
}

function certificatesOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => existsSync(file) && statSync(file).isFile())
    .flatMap((file) => readFileSync(file, "utf8").match(certificate) ?? []);
}
