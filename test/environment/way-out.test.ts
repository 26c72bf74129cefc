import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { HttpPolicy, type HttpCall } from "../../src/environment/http-policy.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { selfSignedCertificate } from "../../src/sandbox/self-signed-certificate.ts";
import { tlsIdentity } from "../../src/sandbox/tls-certificate.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { reply, scriptedServer } from "./scripted-server.ts";

const run = promisify(execFile);
const source = new URL("../../src/", import.meta.url).href;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-way-out-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const call = (url: string, changes: Partial<HttpCall> = {}): HttpCall => ({
  method: "GET",
  url,
  purpose: "Asking",
  effect: "repeatable",
  timeoutMs: 10_000,
  maxBytes: 1000,
  ...changes,
});

/**
 * A proxy that makes tunnels to wherever, all of them in truth to one port, and remembers what was asked for;
 * `refuses`: with this status.
 */
async function tunnelingProxy(port: number, refuses?: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, client: Socket) => {
    asked.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    if (refuses !== undefined) {
      client.end(`HTTP/1.1 ${refuses} No\r\n\r\n`);
      return;
    }
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client);
      client.pipe(target);
    });
    for (const socket of [client, target]) socket.on("error", () => undefined);
    client.on("close", () => target.destroy());
  });
  return { url: `http://who:secret@127.0.0.1:${await listen(proxy)}`, asked };
}

/** Asks an address in a process of its own, as variables of the environment are read when it starts. */
async function askedWith(
  url: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ answer: string; code: string; next: string }> {
  const script = `
    const { HttpPolicy } = await import("${source}environment/http-policy.ts");
    const { trustCertificates } = await import("${source}environment/trusted-certificates.ts");
    const tell = (answer, error) =>
      console.log(JSON.stringify({ answer, code: error?.code ?? "", next: error?.next ?? "" }));
    try {
      trustCertificates(process.env);
      const policy = new HttpPolicy({ environment: "uat", clock: { now: Date.now }, retry: ${JSON.stringify(quickRetry)} });
      const { text } = await policy.send(${JSON.stringify(call(url))});
      tell(text);
      await policy.close();
    } catch (error) {
      tell(error.message, error);
    }`;
  const { stdout } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script],
    { env: { PATH: process.env["PATH"], ...variables } },
  );
  return JSON.parse(stdout) as { answer: string; code: string; next: string };
}

describe("connections", () => {
  test("are kept for calls that may be repeated; one with an effect has its own", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((_request, response) => {
      response.end("ok");
    });
    server.on("connection", (socket: Socket) => sockets.add(socket));
    const url = `http://127.0.0.1:${await listen(server)}`;
    const policy = new HttpPolicy({ environment: "uat", clock: systemClock, retry: quickRetry });
    onTestFinished(() => policy.close());
    for (let calls = 0; calls < 20; calls++) await policy.send(call(url));
    // undici takes a second one where the next request comes before it has put the first one back.
    const kept = sockets.size;
    expect(kept).toBeLessThanOrEqual(2);
    await policy.send(call(url, { effect: "once" }));
    await policy.send(call(url, { effect: "once" }));
    expect(sockets.size).toBe(kept + 2);
  });
});

describe("a proxy", () => {
  test.each(["HTTP_PROXY", "http_proxy"])(
    "of %s carries what goes out, with its own sign-in",
    async (name) => {
      const server = await scriptedServer(reply(200, "through the proxy"));
      const proxy = await tunnelingProxy(server.port);
      const { answer } = await askedWith("http://fno.example.com/", { [name]: proxy.url });
      expect(answer).toBe("through the proxy");
      const signIn = `Basic ${Buffer.from("who:secret").toString("base64")}`;
      expect(proxy.asked).toEqual([`fno.example.com:80 ${signIn}`]);
    },
  );

  test("is not asked for hosts of NO_PROXY", async () => {
    const server = await scriptedServer(reply(200, "directly"));
    const proxy = await tunnelingProxy(server.port);
    const variables = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: "example.com,127.0.0.1" };
    expect((await askedWith(server.url, variables)).answer).toBe("directly");
    expect(proxy.asked).toEqual([]);
  });

  test("that makes no tunnel: nothing was sent, so there is no doubt", async () => {
    const proxy = await tunnelingProxy(1, 503);
    process.env["HTTP_PROXY"] = proxy.url;
    onTestFinished(() => {
      delete process.env["HTTP_PROXY"];
    });
    const policy = new HttpPolicy({ environment: "uat", clock: systemClock, retry: quickRetry });
    const error = await failureOf(policy.send(call("http://fno.example.com/", { effect: "once" })));
    expect([error.code, error.message]).toEqual([
      "DMFP-HOST-UNREACHABLE",
      "Asking: fno.example.com cannot be reached (the proxy answered HTTP 503).",
    ]);
    expect(proxy.asked).toHaveLength(quickRetry.attempts);
  });

  test("that is no address: the request is given up, and there is nothing to close", async () => {
    process.env["HTTP_PROXY"] = "http://[proxy";
    onTestFinished(() => {
      delete process.env["HTTP_PROXY"];
    });
    const policy = new HttpPolicy({ environment: "uat", clock: systemClock, retry: quickRetry });
    expect((await failureOf(policy.send(call("http://fno.example.com/")))).code).toBe(
      "DMFP-HOST-UNREACHABLE",
    );
    await policy.close();
  });

  test("that wants another password is not asked again and again", async () => {
    const proxy = await tunnelingProxy(1, 407);
    const { code, next } = await askedWith("http://fno.example.com/", { HTTP_PROXY: proxy.url });
    expect(code).toBe("DMFP-HOST-UNREACHABLE");
    expect(next).toContain("HTTPS_PROXY");
    expect(proxy.asked).toHaveLength(1);
  });
});

test("the blob store is reached the same way: through the proxy, with the certificates that are trusted", async () => {
  const folder = temporaryFolder();
  const name = "store.blob.core.windows.net";
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [validFromMs, validToMs] = [Date.now() - 86_400_000, Date.now() + 86_400_000];
  const subject = { commonName: name, names: [name], privateKey, publicKey, validFromMs, validToMs };
  const cert = selfSignedCertificate(subject);
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const seen: string[] = [];
  const server = createTlsServer({ key, cert }, (request, response) => {
    seen.push(request.method ?? "");
    // A write-only address: nobody may look at the blob.
    request.resume().on("end", () => response.writeHead(request.method === "PUT" ? 201 : 403).end());
  });
  const proxy = await tunnelingProxy(await listen(server));
  const [file, certificates] = [path.join(folder, "package"), path.join(folder, "ca.pem")];
  writeFileSync(file, "content");
  writeFileSync(certificates, cert);
  const script = `
    const { BlobStore } = await import("${source}environment/blob-store.ts");
    const { trustCertificates } = await import("${source}environment/trusted-certificates.ts");
    trustCertificates(process.env);
    const store = new BlobStore({ environment: "uat", blobHosts: [], retry: ${JSON.stringify(quickRetry)} });
    await store.upload(${JSON.stringify(file)}, "https://${name}/dmf/x?sig=s");`;
  await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script],
    { env: { PATH: process.env["PATH"], HTTPS_PROXY: proxy.url, SSL_CERT_FILE: certificates } },
  );
  expect(seen).toEqual(["PUT", "HEAD"]);
  expect(proxy.asked[0]).toMatch(/^store\.blob\.core\.windows\.net:443 Basic /);
});

describe("certificates of an authority of one's own", () => {
  async function secureServer(): Promise<{ url: string; file: string; folder: string }> {
    const folder = temporaryFolder();
    const { privateKey, certificate } = tlsIdentity(folder, systemClock);
    const server = createTlsServer({ key: privateKey, cert: certificate }, (_request, response) => {
      response.end("in confidence");
    });
    const file = path.join(folder, "ca.pem");
    writeFileSync(file, certificate);
    return { url: `https://127.0.0.1:${await listen(server)}/`, file, folder };
  }

  test.each(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])("are trusted when %s names them", async (name) => {
    const { url, file } = await secureServer();
    expect(await askedWith(url, { [name]: file })).toMatchObject({ answer: "in confidence", code: "" });
  });

  test("are found in the folders of SSL_CERT_DIR", async () => {
    const { url, folder } = await secureServer();
    const variables = { SSL_CERT_DIR: `/nowhere:${folder}` };
    expect((await askedWith(url, variables)).answer).toBe("in confidence");
  });

  test("are not trusted otherwise, and what to do is said at once", async () => {
    const { url } = await secureServer();
    const { code, answer, next } = await askedWith(url, {});
    expect(code).toBe("DMFP-TLS-REFUSED");
    expect(answer).toMatch(/self-signed certificate/);
    expect(next).toContain("NODE_EXTRA_CA_CERTS");
  });

  test.each(["missing.pem", "empty.pem"])(
    "SSL_CERT_FILE names %s: it is said before anything is sent",
    async (name) => {
      const folder = temporaryFolder();
      writeFileSync(path.join(folder, "empty.pem"), "no certificate");
      const { code, answer } = await askedWith("https://127.0.0.1:1/", {
        SSL_CERT_FILE: path.join(folder, name),
      });
      expect(code).toBe("DMFP-USAGE");
      expect(answer).toContain(name);
    },
  );
});
