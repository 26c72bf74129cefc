/** Why a host's certificate is not accepted, for a person. */
export interface TlsRefusal {
  /** What is wrong: "its certificate has ended". */
  readonly words: string;
  readonly fix: string;
}

const unknownAuthority: TlsRefusal = {
  words: "its certificate is signed by an authority that this machine does not trust",
  fix: "Put that authority's certificate into a PEM file and name it: export NODE_EXTRA_CA_CERTS=/path/to/authority.pem. A proxy that looks into the traffic presents a certificate of its own company.",
};

/** Codes of OpenSSL and Node, as Node documents them. */
const refusals: Readonly<Record<string, TlsRefusal>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    words: "its certificate is signed by itself, and this machine does not trust it",
    fix: "If this is the right host, put its certificate into a PEM file and name it: export NODE_EXTRA_CA_CERTS=/path/to/host.pem",
  },
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    words: "its certificate cannot be verified: a certificate between it and its authority is missing",
    fix: "Have the server send its whole chain, or name the missing certificate: export NODE_EXTRA_CA_CERTS=/path/to/chain.pem",
  },
  CERT_HAS_EXPIRED: {
    words: "its certificate has ended",
    fix: "Have the certificate renewed where the host is run; check the clock of this machine.",
  },
  CERT_NOT_YET_VALID: {
    words: "its certificate is not valid yet",
    fix: "Check the clock of this machine; then the certificate where the host is run.",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    words: "its certificate is for another name",
    fix: "Check the address for typing errors; a proxy or a wrong DNS entry may lead to another host.",
  },
  CERT_REVOKED: {
    words: "its certificate was revoked",
    fix: "Have the certificate replaced where the host is run.",
  },
};

/** Why a certificate was refused; undefined where the code speaks of something else. */
export function certificateRefusal(code: string): TlsRefusal | undefined {
  return refusals[code];
}

/** What a failed handshake means; undefined where the code speaks of something else. */
export function tlsRefusal(code: string): TlsRefusal | undefined {
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return {
      words: "it does not speak TLS at this port, or no version of it that is still safe",
      fix: "Check scheme and port of the address. TLS 1.2 is needed at least.",
    };
  }
  return refusals[code];
}
