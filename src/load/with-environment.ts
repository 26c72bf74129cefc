import { Environment } from "../environment/environment.ts";
import type { SendingOptions } from "./load-options.ts";

/**
 * Signs in, does the work, and closes everything, whatever comes of it. For work that is no run: a run has logs and
 * reasons to stop of its own. Throws what the connection and the work throw.
 */
export async function withEnvironment<T>(
  { connection, clock, signal, retry }: Pick<SendingOptions, "connection" | "clock" | "signal" | "retry">,
  work: (environment: Environment) => Promise<T>,
): Promise<T> {
  try {
    const environment = new Environment({
      connection: await connection.open(),
      clock,
      ...(signal === undefined ? {} : { signal }),
      ...(retry === undefined ? {} : { retry }),
    });
    try {
      return await work(environment);
    } finally {
      await environment.close();
    }
  } finally {
    await connection.close();
  }
}
