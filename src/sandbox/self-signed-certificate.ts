import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  der,
  derTrue,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

export interface CertificateOptions {
  readonly commonName: string;
  /** DNS names and IPv4 addresses a server answers to; none for a client's certificate. */
  readonly names: readonly string[];
  /** An RSA or P-256 pair. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

const ecdsaWithSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const rsaWithSha256 = sequence(objectIdentifier("1.2.840.113549.1.1.11"), der(0x05));

/**
 * A self-signed X.509 v3 certificate as PEM. It is its own authority, so that a client can trust it by adding this
 * one file to the authorities it knows. Written by hand because node:crypto reads certificates and does not make
 * them. Source: RFC 5280.
 */
export function selfSignedCertificate(options: CertificateOptions): string {
  const { commonName, privateKey, publicKey } = options;
  const algorithm = privateKey.asymmetricKeyType === "ec" ? ecdsaWithSha256 : rsaWithSha256;
  const name = sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));
  const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(options.validFromMs), time(options.validToMs)),
    name,
    publicKeyInfo,
    der(0xa3, sequence(...extensions(options.names, keyIdentifier(publicKey)))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  return pem(sequence(toBeSigned, algorithm, bitString(signature)));
}

function extensions(names: readonly string[], keyId: Buffer): Buffer[] {
  const list = [
    extension("2.5.29.14", octetString(keyId)),
    extension("2.5.29.35", sequence(der(0x80, keyId))),
    extension("2.5.29.19", sequence(derTrue), "critical"),
    // digitalSignature and keyCertSign.
    extension("2.5.29.15", bitString(Buffer.from([0b1000_0100]), 2), "critical"),
  ];
  if (names.length === 0) return list;
  return [
    ...list,
    extension("2.5.29.37", sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", sequence(...names.map(alternativeName))),
  ];
}

function extension(id: string, value: Buffer, critical?: "critical"): Buffer {
  const mark = critical === undefined ? [] : [derTrue];
  return sequence(objectIdentifier(id), ...mark, octetString(value));
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 4
    ? der(0x87, Buffer.from(name.split(".").map(Number)))
    : der(0x82, Buffer.from(name, "ascii"));
}

/** SHA-1 over the encoded key, method 1 of RFC 5280: an identifier, not a protection. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
