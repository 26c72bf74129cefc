import { ZipArchive } from "archiver";
import { readFileSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { expect } from "vitest";
import { packagePull, type PackagePullOptions } from "../../src/cli/package-pull.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { runOffline } from "../../src/load/run-load.ts";
import { manifest, type ManifestEntity, type ManifestOptions } from "../../src/package/manifest.ts";
import { packageHeader } from "../../src/package/package-header.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { findEnvironment, readProject } from "../../src/project/project.ts";
import { folderWith } from "../project/temporary-project.ts";
import { unpack } from "../package/unpack.ts";
import type { Finished } from "./command-line.ts";
import { inProcess } from "./in-process.ts";

/** A project with nothing in it but the sandbox, as `init` leaves it. */
export function emptyProject(packages = ""): string {
  return folderWith({
    "mappings/project.yaml": `project: pulled\nentities: []\nenvironments:\n  sandbox: { kind: sandbox, writes: [USMF, DEMF] }\n${packages}`,
  });
}

/** An entity of a manifest: what is not given is as in most exports. */
export function entityOf(
  given: Partial<ManifestEntity> & Pick<ManifestEntity, "label" | "fields">,
): ManifestEntity {
  return {
    aotName: "",
    fileName: `${given.label}.csv`,
    sourceFormat: "CSV-Unicode",
    executionUnit: 1,
    level: 10,
    sequence: 20,
    ...given,
  };
}

export function manifestOf(
  entities: readonly ManifestEntity[],
  given: Partial<ManifestOptions> = {},
): ManifestOptions {
  return { project: "reference-data", description: "Reference data", packageVersion: 2, entities, ...given };
}

/** Writes a package as F&O lays it out: data files first. */
export async function writePackage(
  file: string,
  words: ManifestOptions,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const archive = new ZipArchive();
  const { description, packageVersion } = words;
  for (const [name, content] of Object.entries(files)) archive.append(content, { name });
  archive.append(manifest(words), { name: "Manifest.xml" });
  archive.append(packageHeader({ description, packageVersion }), { name: "PackageHeader.xml" });
  const content = buffer(archive);
  await archive.finalize();
  writeFileSync(file, await content);
}

/** A text as CSV-Unicode has it. */
export function unicode(...lines: readonly string[]): Buffer {
  return Buffer.from(`\ufeff${lines.map((line) => `${line}\r\n`).join("")}`, "utf16le");
}

/** `package pull`, as the command line would do it. */
export async function pull(
  root: string,
  file: string,
  options: Partial<PackagePullOptions> = {},
  global: { readonly json?: true; readonly quiet?: true } = {},
): Promise<Finished> {
  return await inProcess(root, (context) => packagePull(context, file, { records: "100000", ...options }), {
    options: global,
  });
}

/** What one package of a build says of its entity. */
export interface BuiltEntity {
  readonly words: ManifestOptions;
  readonly entity: ManifestEntity;
  readonly data: Buffer;
  /** The zip. */
  readonly content: Buffer;
}

/** Builds the project: its packages by entity. Fails where a record is rejected. */
export async function built(root: string): Promise<ReadonlyMap<string, BuiltEntity>> {
  const project = readProject("mappings/project.yaml", root);
  const result = await runOffline(
    {
      project,
      environmentName: project.defaultEnvironment,
      definition: findEnvironment(project, project.defaultEnvironment),
      catalogue: EntityCatalogue.of(root),
      clock: systemClock,
      version: "0.1.0",
    },
    "build",
  );
  if (result.error !== undefined) throw result.error;
  expect(result.summary.rejections.total).toBe(0);
  const found = new Map<string, BuiltEntity>();
  for (const { key } of result.summary.packages) {
    const file = result.folder.packageFile(key);
    const entries = await unpack(file);
    const words = readManifest(entries.get("Manifest.xml") ?? Buffer.alloc(0)).manifest;
    for (const entity of words.entities) {
      const data = entries.get(entity.fileName) ?? Buffer.alloc(0);
      found.set(entity.label, { words, entity, data, content: readFileSync(file) });
    }
  }
  return found;
}

/** The members of an entity that a mapping carries, its fields in an order that does not matter. */
export function carried(entity: ManifestEntity): object {
  const notCarried = ["executionUnit", "level", "sequence", "defaultRefreshType", "queryData"];
  const members = Object.entries(entity).filter(([name]) => !notCarried.includes(name));
  const fields = entity.fields
    .map((field) => (typeof field === "string" ? { field } : field))
    .toSorted((a, b) => (a.field < b.field ? -1 : 1));
  return { ...Object.fromEntries(members), fields };
}
