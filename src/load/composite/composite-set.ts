import path from "node:path";
import type { Reason } from "../../errors/reason.ts";
import { slug } from "../../sequence/slug.ts";
import { CompositePacker } from "./composite-packer.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import { CompositeRecords } from "./composite-records.ts";
import { CompositeSpool } from "./composite-spool.ts";
import type { NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { OwnRejection } from "../reading/own-rejections.ts";
import type { PackagedVerdict } from "../packing/open-package.ts";
import type { PackageSetOptions } from "../packing/package-set.ts";
import { assertWritable } from "../sending/writable-company.ts";

export interface CompositeSetOptions extends PackageSetOptions {
  readonly planned: readonly PlannedLoad[];
  readonly signal: AbortSignal | undefined;
  /** Takes the packages of a composite entity once all its parts have been read. */
  readonly deliver: (packages: readonly Omit<NewPackage, "position">[]) => Promise<void>;
}

/** A composite entity while its parts are read. */
interface OpenComposite {
  readonly spool: CompositeSpool;
  /** Labels of the parts that have not been read yet. */
  readonly left: Set<string>;
}

/** Where the records of one part go while its source is read. */
export interface CompositeSink {
  /** A record that is to be packed. */
  add(verdict: PackagedVerdict, fileNumber: number): undefined;
  /** A record that was refused. */
  refuse(rejection: OwnRejection): void;
  /** What speaks against a record because of where it belongs. */
  problems(values: readonly string[], legalEntity: string): readonly Reason[];
  /** No more records of the part: where it was the last one, the composite entity is packed. */
  endEntity(): Promise<void>;
}

/** The composite entities of a run while it is built. */
export class CompositeSet {
  readonly #options: CompositeSetOptions;
  readonly #open = new Map<PlannedComposite, OpenComposite>();

  constructor(options: CompositeSetOptions) {
    this.#options = options;
  }

  /** Whether a composite entity has been begun of which not all parts were read. */
  get isMidway(): boolean {
    return this.#open.size > 0;
  }

  /** Where the records of an entity go; undefined where it is no part of a composite entity. */
  sinkOf(planned: PlannedLoad): CompositeSink | undefined {
    const { composite } = planned;
    if (composite === undefined) return undefined;
    const { write, writes } = this.#options;
    const open = this.#openComposite(composite.of);
    const records = new CompositeRecords({
      composite: composite.of,
      part: composite.part,
      spool: open.spool,
      write,
    });
    return {
      add: ({ legalEntity, values, position }, fileNumber) => {
        assertWritable(writes, planned, legalEntity);
        records.add(legalEntity, { values, position, fileNumber });
        return undefined;
      },
      refuse: (rejection) => {
        records.refuse(rejection);
      },
      problems: (values, legalEntity) => records.problems(values, legalEntity),
      endEntity: async () => {
        open.left.delete(planned.schema.label);
        if (open.left.size === 0) await this.#end(composite.of, open);
      },
    };
  }

  /** Removes what a build that is given up has spooled. */
  abort(): void {
    for (const { spool } of this.#open.values()) spool.close();
    this.#open.clear();
  }

  #openComposite(composite: PlannedComposite): OpenComposite {
    let open = this.#open.get(composite);
    if (open === undefined) {
      const file = path.join(this.#options.folder.packages, `${slug(composite.label, "composite")}.spool`);
      const parts = composite.parts.filter(({ empty }) => !empty);
      open = { spool: CompositeSpool.open(file), left: new Set(parts.map(({ label }) => label)) };
      this.#open.set(composite, open);
    }
    return open;
  }

  async #end(composite: PlannedComposite, { spool }: OpenComposite): Promise<void> {
    const { planned, write, deliver, ...options } = this.#options;
    if (write) {
      const own = planned.filter((entity) => entity.composite?.of === composite);
      const byLabel = new Map(own.map((entity) => [entity.schema.label, entity]));
      const packer = new CompositePacker({ ...options, composite, planned: byLabel });
      await deliver(await packer.pack(spool));
    }
    spool.close();
    this.#open.delete(composite);
  }
}
