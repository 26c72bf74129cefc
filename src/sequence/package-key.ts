import { createHash } from "node:crypto";
import { slug } from "./slug.ts";

export interface PackageKeyOptions {
  /** 1-based position of the entity in the plan. */
  readonly position: number;
  /** DMF label. */
  readonly entity: string;
  /** Company code. */
  readonly legalEntity: string;
  /** 1-based number of the package among those of the same entity and company. */
  readonly part: number;
}

/**
 * Name of a package inside its run, for example `002-vendors-v2-usmf-001`: sorted by name, packages stand in
 * the order they are sent. Deterministic, and safe as a file name: lower-case letters, digits and `-`.
 */
export function packageKey(options: PackageKeyOptions): string {
  return [
    threeDigits(options.position),
    slug(options.entity, "entity"),
    slug(options.legalEntity, "company"),
    threeDigits(options.part),
  ].join("-");
}

export interface ExecutionIdOptions {
  /** Name of the data project. */
  readonly project: string;
  /** Id of our run. */
  readonly run: string;
  /** SHA-256 of the zip, hex. */
  readonly packageSha256: string;
  /** Key of the package inside the run: two packages may have the same content where an entity has no key. */
  readonly packageKey: string;
}

const maxProjectLength = 30;
const digestLength = 16;

/**
 * The execution id we ask F&O to use for a package: `<project>-<run>-<16 hex digits>`.
 *
 * It is ours and depends only on run and content, never on a clock or chance, so that after a lost answer the
 * environment can be asked about it, and sending the same package again uses the same id. Letters, digits,
 * `-` and `_` only, because it stands in OData filters and in URLs. The project is cut to 30 characters to
 * stay near the length of the ids F&O makes itself (up to about 85 were seen; the limit is not documented).
 */
export function executionId(options: ExecutionIdOptions): string {
  // A line break cannot be part of any of them, so no two different sets of them give the same text.
  const digest = createHash("sha256")
    .update([options.project, options.run, options.packageKey, options.packageSha256].join("\n"))
    .digest("hex");
  const project = idCharacters(options.project).slice(0, maxProjectLength);
  return `${project}-${idCharacters(options.run)}-${digest.slice(0, digestLength)}`;
}

function idCharacters(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, "-");
}

function threeDigits(number: number): string {
  return String(number).padStart(3, "0");
}
