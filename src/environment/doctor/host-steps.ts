import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls";
import type { Clock } from "../../errors/clock.ts";
import { proxyFor, type Variables } from "../proxy-variables.ts";
import { tlsRefusal } from "../tls-refusal.ts";
import { failedWith, type Examination, type Finding } from "./examination.ts";
import { tunnel } from "./tunnel.ts";

export interface HostOptions {
  /** What the steps' ids begin with: `sign-in`, `environment`, `blob`. */
  readonly id: string;
  /** What the host is, for titles: "Sign-in service". */
  readonly title: string;
  readonly address: URL;
  readonly variables: Variables;
  readonly clock: Clock;
  /** Where the address comes from, for the fix: "url of the environment in project.yaml". */
  readonly setting: string;
}

const timeoutMs = 10_000;
const dayMs = 86_400_000;
/** A certificate that ends sooner than this is worth a word. */
const certificateWarningDays = 14;

/** DNS, TCP and TLS of one host, in three steps. Whether it can be talked to. */
export async function examineHost(examination: Examination, options: HostOptions): Promise<boolean> {
  const { id, title, address, variables } = options;
  const proxy = proxyFor(address, variables);
  const first = proxy ?? address;
  const names = { dns: `${title}: name`, tcp: `${title}: connection`, tls: `${title}: TLS` };
  if (
    !(await examination.step(`${id}-dns`, names.dns, () => resolveName(first, proxy !== undefined, options)))
  ) {
    examination.skip(`${id}-tcp`, names.tcp, "The name is not known.");
    examination.skip(`${id}-tls`, names.tls, "The name is not known.");
    return false;
  }
  if (
    !(await examination.step(`${id}-tcp`, names.tcp, () =>
      openConnection(first, proxy !== undefined, options),
    ))
  ) {
    examination.skip(`${id}-tls`, names.tls, "There is no connection.");
    return false;
  }
  if (address.protocol === "http:") {
    examination.skip(`${id}-tls`, names.tls, "The address is plain http on this machine.");
    return true;
  }
  return await examination.step(`${id}-tls`, names.tls, () => shakeHands(proxy, options));
}

async function resolveName(target: URL, isProxy: boolean, options: HostOptions): Promise<Finding> {
  const name = bareHost(target);
  if (isIP(name) !== 0) return { state: "ok", message: `${name} is an address, no name.` };
  try {
    const found = await within(lookup(name, { all: true }), "DNS gave no answer");
    const addresses = found.map(({ address }) => address).join(", ");
    return { state: "ok", message: `${isProxy ? "The proxy " : ""}${name} is ${addresses}.` };
  } catch (thrown) {
    const code = errorCode(thrown);
    const unknown = code === "ENOTFOUND";
    const words = unknown ? "DNS knows no such name" : `DNS does not answer (${code || messageOf(thrown)})`;
    return failedWith(
      "DMFP-HOST-UNREACHABLE",
      `${name}: ${words}.`,
      isProxy
        ? "Correct HTTPS_PROXY, or the network's DNS."
        : `Check ${options.setting} for typing errors; a machine without DNS of the internet needs a proxy (HTTPS_PROXY).`,
    );
  }
}

async function openConnection(target: URL, isProxy: boolean, options: HostOptions): Promise<Finding> {
  const where = `${bareHost(target)}:${portOf(target)}`;
  try {
    (await open(target)).destroy();
    return { state: "ok", message: `${isProxy ? "The proxy " : ""}${where} takes connections.` };
  } catch (thrown) {
    const code = errorCode(thrown);
    const refused = code === "ECONNREFUSED";
    const words = refused ? "nobody listens there" : `no connection (${code || messageOf(thrown)})`;
    return failedWith(
      "DMFP-HOST-UNREACHABLE",
      `${where}: ${words}.`,
      isProxy
        ? "Correct HTTPS_PROXY, or ask who runs the proxy."
        : `Check ${options.setting}; a firewall has to let this machine out to ${where}, or HTTPS_PROXY has to name a proxy.`,
    );
  }
}

async function shakeHands(proxy: URL | undefined, options: HostOptions): Promise<Finding> {
  const { address, clock } = options;
  const through = proxy === undefined ? "" : " through the proxy";
  try {
    const { certificate, protocol } = await handshake(proxy, address, true);
    const endsMs = Date.parse(certificate.valid_to);
    const days = Math.floor((endsMs - clock.now()) / dayMs);
    const ends = new Date(endsMs).toISOString().slice(0, 10);
    const message = `${protocol}${through}; certificate of ${nameOf(certificate.issuer)}, good until ${ends}.`;
    if (days >= certificateWarningDays) return { state: "ok", message };
    const fix = "Have the certificate renewed where the host is run.";
    return { state: "warning", message: `${message} That is ${days} days.`, fix };
  } catch (thrown) {
    const refusal = tlsRefusal(errorCode(thrown));
    if (refusal === undefined) {
      return failedWith(
        "DMFP-HOST-UNREACHABLE",
        `${address.host}${through}: ${messageOf(thrown)}.`,
        proxy === undefined
          ? "Look whether a firewall or proxy cuts the connection."
          : `Ask who runs the proxy to let this machine through to ${address.host}.`,
      );
    }
    const issuer = await presentedBy(proxy, address);
    return failedWith(
      "DMFP-TLS-REFUSED",
      `${address.host}${through}: ${refusal.words}${issuer}.`,
      refusal.fix,
    );
  }
}

/** Who issued the certificate that was refused. Nothing is sent over this connection. */
async function presentedBy(proxy: URL | undefined, address: URL): Promise<string> {
  try {
    const { certificate } = await handshake(proxy, address, false);
    return ` (issued by ${nameOf(certificate.issuer)}, good until ${certificate.valid_to})`;
  } catch {
    return "";
  }
}

async function handshake(
  proxy: URL | undefined,
  address: URL,
  rejectUnauthorized: boolean,
): Promise<{ certificate: PeerCertificate; protocol: string }> {
  const [host, port] = [bareHost(address), portOf(address)];
  const socket = proxy === undefined ? await open(address) : await tunnel({ proxy, host, port, timeoutMs });
  const secure = connectTls({
    socket,
    rejectUnauthorized,
    ...(isIP(host) === 0 ? { servername: host } : { host }),
  });
  try {
    await within(opened(secure, "secureConnect"), "the handshake was not finished");
    return { certificate: secure.getPeerCertificate(), protocol: secure.getProtocol() ?? "TLS" };
  } finally {
    secure.destroy();
    socket.destroy();
  }
}

async function open(target: URL): Promise<Socket> {
  const socket = connectTcp({ host: bareHost(target), port: portOf(target) });
  try {
    await within(opened(socket, "connect"), "no answer");
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

async function opened(socket: Socket | TLSSocket, event: "connect" | "secureConnect"): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new TypeError("the connection was closed"));
    });
  });
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new TypeError(`${what} for ${timeoutMs / 1000} seconds`));
  }, timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function nameOf(issuer: PeerCertificate["issuer"]): string {
  const [name] = [issuer.O, issuer.CN].flat().filter((part) => part !== undefined);
  return name ?? "an unnamed authority";
}

function bareHost(address: URL): string {
  return address.hostname.replace(/^\[|\]$/g, "");
}

function portOf(address: URL): number {
  if (address.port !== "") return Number(address.port);
  return address.protocol === "https:" ? 443 : 80;
}

function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
