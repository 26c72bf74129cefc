import { existsSync } from "node:fs";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { readRejections } from "../../rejection/rejection-ndjson.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { LedgerPackage, LedgerPart } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { RunFolder } from "../run-folder.ts";

/** A record of a source: its file, as rejections name it, and its number in it. */
type RecordPlace = Pick<SourcePosition, "file" | "record">;

/** One package of the first pass, as the records of its entity and legal entity are gone through. */
interface OpenPackage {
  readonly pack: LedgerPackage;
  readonly part: LedgerPart;
  /** Whether it is known of every record of it what became of it. */
  readonly known: boolean;
  left: number;
  readonly refused: AsyncIterator<RecordPlace>;
  nextRefused: RecordPlace | undefined;
}

/**
 * Which records of an entity F&O took in the first pass. Asked in the order in which they were packed, it goes through
 * packages and rejections alongside, so that neither is kept in memory.
 *
 * A record that F&O refused must not come again with a few of its fields: F&O could make half a record of it. So
 * must none of a package that failed or was not sent, or of which it is not known what became of every record.
 */
export class FirstPassOutcome {
  readonly #planned: PlannedLoad;
  readonly #packages: readonly LedgerPackage[];
  readonly #folder: RunFolder;
  readonly #sent: boolean;
  readonly #open = new Map<string, OpenPackage>();
  readonly #done = new Map<string, number>();

  /**
   * `packages`: all of the run, in order. `sent`: false where none is (`build`): then all records are taken to be good.
   */
  constructor(options: {
    readonly planned: PlannedLoad;
    readonly packages: readonly LedgerPackage[];
    readonly folder: RunFolder;
    readonly sent: boolean;
  }) {
    this.#planned = options.planned;
    this.#packages = options.packages;
    this.#folder = options.folder;
    this.#sent = options.sent;
  }

  /** Whether the next record of a legal entity is in F&O. Throws DMFP-BUG for more records than were packed. */
  async took(legalEntity: string, record: RecordPlace): Promise<boolean> {
    if (!this.#sent) return true;
    const open = await this.#packageOf(legalEntity);
    open.left--;
    const { nextRefused } = open;
    const refused = nextRefused?.record === record.record && nextRefused.file === record.file;
    if (refused) open.nextRefused = await next(open.refused);
    if (open.left === 0 && open.nextRefused !== undefined) {
      const { file, record: number } = open.nextRefused;
      throw new DmfpipeError(
        "DMFP-BUG",
        `Record ${number} of ${file} was rejected from package ${open.pack.key}, but is none of its records.`,
      );
    }
    return open.known && !refused;
  }

  async #packageOf(legalEntity: string): Promise<OpenPackage> {
    let open = this.#open.get(legalEntity);
    while (open === undefined || open.left === 0) {
      open = await this.#next(legalEntity);
      this.#open.set(legalEntity, open);
    }
    return open;
  }

  async #next(legalEntity: string): Promise<OpenPackage> {
    const { label } = this.#planned.schema;
    const place = this.#done.get(legalEntity) ?? 0;
    this.#done.set(legalEntity, place + 1);
    const found = this.#packages
      .filter((pack) => pack.pass === undefined && pack.legalEntity === legalEntity)
      .flatMap((pack) => pack.parts.map((part) => ({ pack, part })))
      .filter(({ part }) => part.entity === label)[place];
    if (found === undefined) {
      throw new DmfpipeError("DMFP-BUG", `${label} ${legalEntity} has more records than were packed.`);
    }
    const { pack, part } = found;
    const accounted = part.created + part.updated + part.rejectedStaging + part.rejectedTarget;
    const refused = placesOf(this.#folder.packageRejections(pack.key, this.#planned.position));
    return {
      pack,
      part,
      known: pack.state === "done" && accounted === part.records,
      left: part.records,
      refused,
      nextRefused: await next(refused),
    };
  }
}

/** The refused records of a package, in the order of its rows. */
async function* placesOf(file: string): AsyncGenerator<RecordPlace, undefined> {
  if (!existsSync(file)) return undefined;
  for await (const { position } of readRejections(file)) yield position;
  return undefined;
}

async function next(places: AsyncIterator<RecordPlace>): Promise<RecordPlace | undefined> {
  const step = await places.next();
  return step.done === true ? undefined : step.value;
}
