import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { onTestFinished } from "vitest";

/** What NODE_EXTRA_CA_CERTS does for a process from its start, done for the length of a test. */
export function trustCertificate(pem: string | undefined): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, ...(pem === undefined ? [] : [pem])]);
  onTestFinished(() => {
    setDefaultCACertificates(before);
  });
}
