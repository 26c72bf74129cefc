import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { PassingRecords } from "../../source/passing-records.ts";
import type { FileProfiler } from "../../source/source-profile.ts";
import type { SourceItem } from "../../source/source-record.ts";
import type { CompositeSink } from "../composite/composite-set.ts";
import type { PlannedLoad, PlannedSource } from "../load-plan.ts";
import type { HeldBackReferences } from "../reading/held-back-references.ts";
import type { OwnRejections } from "../reading/own-rejections.ts";
import type { EntityReader } from "../reading/read-entity.ts";
import type { PackagedVerdict } from "./open-package.ts";
import type { PackageSet } from "./package-set.ts";
import { hasHeldBack } from "./pass-fields.ts";

/** Where the records of an entity go. */
export interface RecordGoal {
  readonly planned: PlannedLoad;
  /** Where the good records go. */
  readonly packages: PackageSet;
  /** Where they go instead, for a part of a composite entity. */
  readonly nested?: CompositeSink | undefined;
  /** References that can be checked only when all entities have been read (`check`). */
  readonly heldBack?: HeldBackReferences | undefined;
}

/**
 * Gives what is read of one entity to where its verdict wants it, in the order of the source: good records to the
 * packages, refused ones to the own rejections of the entity.
 */
export class RecordGiving {
  records = 0;
  rejected = 0;
  /** Records that a second pass will fill, by legal entity. */
  readonly secondPass = new Map<string, number>();
  readonly #goal: RecordGoal;
  readonly #reader: EntityReader;
  readonly #own: OwnRejections;
  readonly #toFill: ReturnType<typeof hasHeldBack>;
  #source: PlannedSource | undefined;
  #fileNumber = 0;
  #profile: FileProfiler | undefined;

  constructor(goal: RecordGoal, reader: EntityReader, own: OwnRejections) {
    this.#goal = goal;
    this.#reader = reader;
    this.#own = own;
    this.#toFill = hasHeldBack(goal.planned);
  }

  /** What comes now is of this source. */
  begin(source: PlannedSource, fileNumber: number, profile: FileProfiler | undefined): void {
    this.#source = source;
    this.#fileNumber = fileNumber;
    this.#profile = profile;
  }

  /** Judges an item, and gives it away. Returns a promise where the caller has to wait. */
  give(item: SourceItem): Promise<void> | undefined {
    const source = this.#of();
    const verdict = this.#reader.judge(source, item);
    this.#profile?.add(item);
    this.records++;
    if (verdict.kind === "filtered") return undefined;
    const { nested, packages } = this.#goal;
    if (verdict.kind === "rejected") {
      this.rejected++;
      nested?.refuse(verdict.rejection);
      return this.#own.write(source, verdict.rejection);
    }
    const noted = this.#toFill?.(verdict.values) === true ? this.#noteHeldBack(item, verdict) : undefined;
    const add = (): Promise<void> | undefined => (nested ?? packages).add(verdict, this.#fileNumber);
    return noted === undefined ? add() : noted.then(add);
  }

  /** Judges records, those together that go straight, and gives them away. */
  async giveAll(records: PassingRecords): Promise<void> {
    const source = this.#of();
    for (let at = 0; at < records.count;) {
      const straight = this.#reader.judgeStraight(source, records, at);
      while (straight !== undefined && at < straight.to) {
        const from = at;
        while (at < straight.to && !straight.isRefused(at)) at++;
        await this.#goal.packages.addStraight(straight, from, at, this.#fileNumber);
        for (let passed = from; passed < at; passed++) this.#profile?.addPassing(records, passed);
        this.records += at - from;
        if (at < straight.to) await this.give(records.item(at++));
      }
      if (straight === undefined) await this.give(records.item(at++));
    }
  }

  /** Whether all is there that its held-back fields refer to is known later. Returns as `give`. */
  #noteHeldBack(item: SourceItem, { legalEntity, values }: PackagedVerdict): Promise<void> | undefined {
    this.secondPass.set(legalEntity, (this.secondPass.get(legalEntity) ?? 0) + 1);
    const { heldBack, planned } = this.#goal;
    if (heldBack === undefined || item.kind !== "record") return undefined;
    const { position, values: sourceValues } = item;
    return heldBack.note(planned, {
      file: this.#fileNumber,
      legalEntity,
      position,
      sourceValues,
      mappedValues: values,
    });
  }

  #of(): PlannedSource {
    if (this.#source === undefined)
      throw new DmfpipeError("DMFP-BUG", "A record of no source was to be given.");
    return this.#source;
  }
}
