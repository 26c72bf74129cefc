import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Webhook {
  readonly url: string;
  /** What was posted, parsed, in order; refused ones are among them. */
  readonly bodies: readonly unknown[];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A receiver that gives these answers, one after the other, the last for good. Status 0: it hangs up. */
export async function webhook(...answers: readonly (number | Answer)[]): Promise<Webhook> {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const answer = answers[Math.min(bodies.length, answers.length - 1)] ?? 200;
      const { status, headers } = typeof answer === "number" ? { status: answer, headers: {} } : answer;
      bodies.push(JSON.parse(text));
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { ...headers }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook/s3cret-path?sig=s3cret-sig`, bodies };
}
