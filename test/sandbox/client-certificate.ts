import {
  constants,
  createHash,
  generateKeyPairSync,
  randomUUID,
  sign,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { selfSignedCertificate } from "../../src/sandbox/self-signed-certificate.ts";

/** A certificate an application signs in with, as an administrator would make one. */
export interface ClientCertificate {
  readonly pem: string;
  readonly privateKey: KeyObject;
  /** Certificate and key in one text, as sign-in libraries read it. */
  readonly bundle: string;
}

export function clientCertificate(): ClientCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = selfSignedCertificate({
    commonName: "dmfpipe test client",
    names: [],
    privateKey,
    publicKey,
    validFromMs: Date.parse("2020-01-01T00:00:00Z"),
    validToMs: Date.parse("2049-12-31T00:00:00Z"),
  });
  return {
    pem,
    privateKey,
    bundle: `${privateKey.export({ type: "pkcs8", format: "pem" }).toString()}${pem}`,
  };
}

export interface AssertionParts {
  readonly algorithm?: "PS256" | "RS256";
  /** Claims that take the place of the right ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A client assertion made by hand, right unless `parts` says otherwise. */
export function clientAssertion(
  { pem, privateKey }: ClientCertificate,
  { clientId, audience, nowSeconds }: { clientId: string; audience: string; nowSeconds: number },
  parts: AssertionParts = {},
): string {
  const algorithm = parts.algorithm ?? "PS256";
  const { raw } = new X509Certificate(pem);
  const thumbprint =
    algorithm === "PS256"
      ? { "x5t#S256": createHash("sha256").update(raw).digest("base64url") }
      : { x5t: createHash("sha1").update(raw).digest("base64url") };
  const head = { alg: algorithm, typ: "JWT", ...(parts.header ?? thumbprint) };
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: nowSeconds,
    exp: nowSeconds + 600,
    ...parts.claims,
  };
  const unsigned = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const padding =
    algorithm === "PS256"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { padding: constants.RSA_PKCS1_PADDING };
  const signature = sign("sha256", Buffer.from(unsigned), { key: privateKey, ...padding });
  return `${unsigned}.${signature.toString("base64url")}`;
}
