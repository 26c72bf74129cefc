import { rm } from "node:fs/promises";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { interrupted } from "../../errors/interruption.ts";
import { ScratchLines } from "../../rejection/scratch-lines.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { RunFolder } from "../run-folder.ts";
import { OwnRejections } from "./own-rejections.ts";
import type { ReferenceCheck } from "./reference-check.ts";

/** A record of which it is not known yet whether all is there that it refers to. */
interface Undecided {
  /** Number of its source among those of the entity. */
  readonly file: number;
  readonly legalEntity: string;
  readonly position: SourcePosition;
  readonly sourceValues: readonly string[];
  readonly mappedValues: readonly string[];
}

interface UndecidedRecords {
  readonly planned: PlannedLoad;
  readonly position: number;
  readonly scratch: string;
  readonly lines: ScratchLines<Undecided>;
}

/**
 * Checks, in a dry run, the references that are filled in a second pass. A record may refer to one that is read after
 * it, so those that lead to nothing yet wait in a file, which may hold any number of them, until all has been read.
 *
 * What is broken then is rejected, with its place among the second passes, and counted as what dmfpipe itself found.
 * Its key stays taken: a load creates the record all the same, so that nothing is wrong with what refers to it.
 */
export class HeldBackReferences {
  readonly #references: ReferenceCheck;
  readonly #folder: RunFolder;
  readonly #entities = new Map<string, UndecidedRecords>();

  constructor(references: ReferenceCheck, folder: RunFolder) {
    this.#references = references;
    this.#folder = folder;
  }

  /**
   * Takes note of a record that would be packaged; `file` is the number of its source. A promise, where there is one, must
   * be awaited before the next. Throws DMFP-FILE-WRITE.
   */
  note(planned: PlannedLoad, record: Undecided): Promise<void> | undefined {
    const { schema, secondPass } = planned;
    const { legalEntity, mappedValues } = record;
    if (secondPass === undefined || !this.#references.isUndecided(schema, legalEntity, mappedValues))
      return undefined;
    let records = this.#entities.get(schema.label);
    if (records === undefined) {
      const { position } = secondPass;
      const scratch = this.#folder.scratch(`${String(position).padStart(3, "0")}.held-back`);
      records = { planned, position, scratch, lines: new ScratchLines(scratch) };
      this.#entities.set(schema.label, records);
    }
    return records.lines.add(record);
  }

  /**
   * To be called when all entities have been read: rejects the records that refer to something that is not there, and
   * returns the counts with them. Throws what reading sources again throws, DMFP-FILE-WRITE and DMFP-INTERRUPTED.
   */
  async settle(counts: readonly BuildCounts[], signal: AbortSignal): Promise<readonly BuildCounts[]> {
    const rejected = new Map<string, number>();
    for (const records of this.#entities.values()) {
      const { schema } = records.planned;
      for await (const legalEntity of this.#rejectBroken(records, signal)) {
        const row = rowOf(schema.label, legalEntity);
        rejected.set(row, (rejected.get(row) ?? 0) + 1);
      }
    }
    return counts.map((row) => {
      const { secondPass = 0, ...rest } = row;
      const { entity, legalEntity, rejectedHere, packaged } = rest;
      const broken = rejected.get(rowOf(entity, legalEntity)) ?? 0;
      if (broken === 0) return row;
      const toFill = secondPass - broken;
      return {
        ...rest,
        rejectedHere: rejectedHere + broken,
        packaged: packaged - broken,
        ...(toFill === 0 ? {} : { secondPass: toFill }),
      };
    });
  }

  /** Yields the legal entity of each. */
  async *#rejectBroken(
    { planned, position, scratch, lines }: UndecidedRecords,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const own = new OwnRejections(planned, this.#folder.ownRejections(position));
    try {
      for await (const { file, legalEntity, ...record } of lines.read()) {
        if (signal.aborted) throw interrupted();
        const reasons = this.#references.heldBackProblems(planned.schema, legalEntity, record.mappedValues);
        if (reasons.length === 0) continue;
        const source = planned.sources[file];
        if (source === undefined) throw new DmfpipeError("DMFP-BUG", `${scratch} names source ${file}.`);
        await own.write(source, { stage: "validation", reasons, legalEntity, ...record });
        yield legalEntity;
      }
      await own.close();
    } catch (thrown) {
      await own.abort();
      throw thrown;
    } finally {
      await rm(scratch, { force: true });
    }
  }
}

function rowOf(entity: string, legalEntity: string): string {
  return `${entity}\n${legalEntity}`;
}
