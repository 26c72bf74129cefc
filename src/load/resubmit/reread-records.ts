import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Project } from "../../project/project.ts";
import { RecordReader } from "../../source/reread.ts";
import type { LedgerRun } from "../ledger/ledger-rows.ts";
import { openPlannedSource, sourceFiles, type PlannedLoad, type PlannedSource } from "../load-plan.ts";
import { hashOfFile } from "../packing/fingerprint.ts";
import type { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";

/** The sources of a load, as far as they are still what they were. */
export class UnchangedSources {
  readonly #project: Project;
  readonly #hashes: Readonly<Record<string, string>>;
  readonly #unchanged = new Map<string, Promise<boolean>>();

  constructor(project: Project, root: LedgerRun) {
    this.#project = project;
    this.#hashes = z.record(z.string(), z.string()).parse(JSON.parse(root.fingerprintParts));
  }

  /** SHA-256 of a source as the load read it; empty where that is not known. */
  hashOf(name: string): string {
    return this.#hashes[name] ?? "";
  }

  /** The source with this name, opened; undefined where it is gone or has changed since the load. */
  async open(load: PlannedLoad, name: string): Promise<PlannedSource | undefined> {
    const file = path.resolve(this.#project.root, name);
    if (!(await this.#isUnchanged(file, name))) return undefined;
    return await openPlannedSource(this.#project, load, file);
  }

  /** Absolute paths and names of the files that the mapping reads now, in the order of reading. */
  files({ definition }: PlannedLoad): readonly { readonly file: string; readonly name: string }[] {
    return sourceFiles(this.#project, definition).map((file) => ({
      file,
      name: path.relative(this.#project.root, file),
    }));
  }

  #isUnchanged(file: string, name: string): Promise<boolean> {
    const wanted = this.#hashes[name];
    if (wanted === undefined || !existsSync(file)) return Promise.resolve(false);
    let answer = this.#unchanged.get(name);
    if (answer === undefined) {
      answer = hashOfFile(file).then((hash) => hash === wanted);
      this.#unchanged.set(name, answer);
    }
    return answer;
  }
}

/**
 * Reads the selected records again where their source is still what it was, so that what was corrected in the mapping of
 * the source (its encoding, another path of XML) counts; corrections are laid over that. Where it is not, they stay as
 * they were noted when they were rejected. Returns the names of those sources.
 */
export async function rereadRecords(
  planned: readonly PlannedLoad[],
  store: ResubmissionStore,
  about: { readonly sources: UnchangedSources; readonly root: LedgerRun },
): Promise<readonly string[]> {
  const { sources, root } = about;
  const asNoted: string[] = [];
  for (const load of planned) {
    const { label } = load.schema;
    for (const name of store.files(label)) {
      const first = store.records(label, { file: name, selected: true }).next();
      if (first.done === true) continue;
      const source = await sources.open(load, name);
      if (source === undefined) {
        asNoted.push(name);
        continue;
      }
      const { columns } = source.source;
      const reader = await RecordReader.open(source.path, load.definition.sourceFormat, columns);
      try {
        for (const record of store.records(label, { file: name, selected: true })) {
          const { values } = await reader.read(record.position);
          if (values.length > 0)
            takeOver(store, { record, columns, values, isFirst: record.run === root.id });
        }
      } finally {
        await reader.close();
      }
    }
  }
  return asNoted;
}

/** The values as they are read now, but for those that somebody corrected, now or in an earlier resubmission. */
function takeOver(
  store: ResubmissionStore,
  read: {
    readonly record: StoredRecord;
    readonly columns: readonly string[];
    readonly values: readonly string[];
    readonly isFirst: boolean;
  },
): void {
  const { record, columns, values, isFirst } = read;
  const { changes } = record;
  // A record that could not be read, and was written anew by somebody.
  if (changes.length > 0 && record.stage === "source") return;
  const noted = new Map(record.columns.map((column, index) => [column, record.values[index] ?? ""]));
  const corrected = new Map(changes.map(({ column, to }) => [column, to]));
  if ([...corrected.keys()].some((column) => !columns.includes(column))) return;
  const now = columns.map((column, index) => {
    const kept = isFirst ? corrected.get(column) : noted.get(column);
    return kept ?? values[index] ?? "";
  });
  const isSame = now.every((value, index) => value === record.values[index]);
  if (!isSame || columns.join("\n") !== record.columns.join("\n")) store.replace(record.id, columns, now);
}

/**
 * Notes how many records stand before the first one of each source file, where the mapping makes numbers that go on from
 * file to file. Throws DMFP-SOURCE-CHANGED where the files before are not what they were, so that nobody knows.
 */
export async function noteRecordsBefore(
  planned: readonly PlannedLoad[],
  store: ResubmissionStore,
  sources: UnchangedSources,
): Promise<void> {
  for (const load of planned) {
    const { definition, schema } = load;
    const expressions = [
      definition.legalEntity,
      definition.where,
      ...definition.fields.map((field) => field.expression),
    ];
    const names = store.files(schema.label);
    if (names.length === 0 || !expressions.some((located) => /\bsequence\s*\(/.test(located?.value ?? "")))
      continue;
    const last = names.at(-1) ?? "";
    let before = 0;
    for (const { name } of sources.files(load)) {
      if (names.includes(name)) store.noteRecordsBefore(schema.label, name, before);
      if (name >= last) break;
      const source = await sources.open(load, name);
      if (source === undefined) {
        throw new DmfpipeError(
          "DMFP-SOURCE-CHANGED",
          `${name} is not what the load read, and numbers that sequence makes in ${definition.file} go on from file to file: those of the records of ${last} are not known any more.`,
          { at: { file: name }, next: "Put the file back as it was, or load again with: dmfpipe load" },
        );
      }
      for await (const items of source.source.batches()) before += items.length;
    }
  }
}
