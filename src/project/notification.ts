import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Secret } from "../errors/redaction.ts";

/** The `notify` part of project.yaml: who is told how a load ended. */
export const notificationShape = z.strictObject({
  url: z
    .string()
    .min(1)
    .describe("Address of the webhook, best as ${VARIABLE}: whoever knows it can post there."),
  on: z
    .array(z.enum(["failed", "rejections", "always"]))
    .min(1)
    .default(["failed"])
    .describe(
      "failed: a load that did not come to its end, or did not begin. rejections: one that ended with rejected records. always: every load.",
    ),
  format: z
    .enum(["teams", "slack", "json"])
    .default("json")
    .describe(
      "teams: an adaptive card, as Workflows of Teams take it. slack: blocks. json: the plain numbers.",
    ),
});

export type NotificationSettings = z.infer<typeof notificationShape>;

/** Where a notification goes; the address is filled in. */
export interface Webhook {
  /** The whole address is a secret: it carries the right to post. */
  readonly url: Secret;
  readonly format: NotificationSettings["format"];
}

/**
 * Fills in the `${VARIABLES}` of the address. Throws DMFP-SECRET-MISSING for one that is not set, and
 * DMFP-PROJECT-INVALID for what is no address or not https; plain http is allowed on this machine only.
 */
export function webhookOf(
  settings: NotificationSettings,
  variables: Readonly<Record<string, string | undefined>>,
): Webhook {
  const url = settings.url.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, variable: string) => {
    const value = variables[variable];
    if (value !== undefined && value !== "") return value;
    throw new DmfpipeError("DMFP-SECRET-MISSING", `notify: the environment variable ${variable} is not set.`);
  });
  // What is wrong is said without the address: a webhook's address is its password.
  if (!URL.canParse(url)) throw new DmfpipeError("DMFP-PROJECT-INVALID", "notify: url is no address.");
  const { protocol, hostname } = new URL(url);
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && loopback)) {
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `notify: the address of ${hostname} is not https. Plain http is allowed on this machine only.`,
    );
  }
  return { url: new Secret(url), format: settings.format };
}
