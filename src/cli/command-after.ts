import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import { quotedForShell } from "./quoted-for-shell.ts";

/** What is wrong with settings, mappings and sources shows again, or does not, without anything being sent. */
const shownByCheck =
  /^DMFP-(MAPPING|LOOKUP|MODULE|JOIN|MESSAGES|SCHEMA|SEQUENCE|PROJECT|PATH|SOURCE|DOCUMENT|DECLARED)-|^DMFP-COMPANY-NOT-WRITABLE$/;

const shownByDoctor: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DMFP-AUTH-NOT-REGISTERED",
  "DMFP-AUTH-REFUSED",
  "DMFP-AUTH-ROLE",
  "DMFP-BLOB-HOST",
  "DMFP-COMPANY-UNKNOWN",
  "DMFP-CREDENTIAL",
  "DMFP-ENTITY-UNKNOWN",
  "DMFP-HTTP-ANSWER",
  "DMFP-HTTP-REFUSED",
  "DMFP-SECRET-MISSING",
]);

/**
 * The command that shows whether an error has been put right, where its own advice says what to put right and names no
 * command; as it is typed behind `dmfpipe`. `given`: what was typed there.
 */
export function commandAfter(
  { code, next, at }: DmfpipeError,
  given: { readonly command: string | undefined; readonly environment: string | undefined },
): string | undefined {
  if (/\bdmfpipe /.test(next)) return undefined;
  if (code === "DMFP-PROJECT-MISSING") return "init";
  if (code === "DMFP-USAGE") return given.command === undefined ? undefined : `${given.command} --help`;
  const environment = given.environment ?? at.environment;
  const where = environment === undefined ? "" : ` --env ${quotedForShell(environment)}`;
  if (shownByCheck.test(code)) return "check";
  return shownByDoctor.has(code) ? `doctor${where}` : undefined;
}
