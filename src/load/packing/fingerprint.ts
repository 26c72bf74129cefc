import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { Project } from "../../project/project.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** What a run is made of, by name: hashes of configuration, schemas and sources, and dmfpipe's version. */
export type FingerprintParts = Readonly<Record<string, string>>;

/**
 * The fingerprint of a run. A run may only be resumed while all of it is the same: its packages and the
 * positions of its records in the sources would mean something else otherwise.
 */
export async function fingerprintParts(
  project: Project,
  planned: readonly PlannedLoad[],
  version: string,
): Promise<FingerprintParts> {
  const parts: Record<string, string> = { "dmfpipe's version": version };
  parts[path.relative(project.root, project.file)] = hashOf(readFileSync(project.file));
  for (const { definition, schema, sources, resourceFiles, declared } of planned) {
    parts[definition.file] = hashOf(readFileSync(path.join(project.root, definition.file)));
    parts[`schema of ${schema.label}`] = hashOf(
      JSON.stringify([schema.keys, [...schema.fields.values()], [...schema.enums], schema.relations]),
    );
    for (const resource of [...resourceFiles, ...declared.files])
      parts[resource.name] = await hashOfFile(resource.path);
    for (const source of sources) parts[source.name] = await hashOfFile(source.path);
  }
  return parts;
}

export function fingerprintOf(parts: FingerprintParts): string {
  const sorted = Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
  return hashOf(JSON.stringify(sorted));
}

/** Names of what differs between two fingerprints. */
export function changedParts(before: FingerprintParts, now: FingerprintParts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => before[name] !== now[name]).sort();
}

function hashOf(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of a file, lower-case hex. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}
