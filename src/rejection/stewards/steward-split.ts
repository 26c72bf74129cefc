import path from "node:path";
import { ownerOf, unassigned, type Steward, type Stewardship } from "../../project/stewards.ts";
import { slug as slugOf } from "../../sequence/slug.ts";
import type { RejectionOrigin } from "../pack/write-pack.ts";
import { RejectionNdjsonWriter } from "../rejection-ndjson.ts";
import type { RejectionSink } from "../rejection-sink.ts";
import { RejectionTally } from "../rejection-tally.ts";
import type { Rejection } from "../rejection.ts";
import { WorkbookCensus } from "../workbook/workbook-census.ts";

/** The rejections of one owner. */
export interface StewardPart {
  readonly steward: Steward;
  /** Name of the owner's folder: letters, digits and hyphens. */
  readonly folder: string;
  /** Path of the file that holds them while packs are made. */
  readonly file: string;
  readonly tally: RejectionTally;
  readonly census: WorkbookCensus;
}

interface OpenPart extends StewardPart {
  readonly writer: RejectionNdjsonWriter;
}

/**
 * Deals rejections out to their owners, a file each. Every rejection has exactly one owner, so the parts add up to the
 * whole. As many files are open as project.yaml names owners, and one more.
 */
export class StewardSplit implements RejectionSink {
  readonly #folder: string;
  readonly #stewardship: Stewardship;
  readonly #layoutOf: RejectionOrigin["layoutOf"];
  readonly #parts = new Map<string, OpenPart>();

  /** `folder`: where the files lie until packs are made of them. */
  constructor(options: {
    readonly folder: string;
    readonly stewardship: Stewardship;
    readonly layoutOf: RejectionOrigin["layoutOf"];
  }) {
    this.#folder = options.folder;
    this.#stewardship = options.stewardship;
    this.#layoutOf = options.layoutOf;
  }

  async write(rejection: Rejection): Promise<void> {
    const owner = ownerOf(rejection, this.#stewardship);
    const part = this.#parts.get(owner) ?? this.#open(owner);
    part.tally.add(rejection);
    part.census.add(rejection);
    await part.writer.write(rejection);
  }

  async close(): Promise<void> {
    for (const { writer } of this.#parts.values()) await writer.close();
  }

  async abort(): Promise<void> {
    for (const { writer } of this.#parts.values()) await writer.abort();
  }

  /** The owners that have rejections, in the order of project.yaml; what is nobody's comes last. */
  parts(): readonly StewardPart[] {
    const order = [...this.#stewardship.stewards.map(({ owner }) => owner), unassigned];
    return [...new Set(order)].flatMap((owner) => this.#parts.get(owner) ?? []);
  }

  #open(owner: string): OpenPart {
    const folder = this.#freeName(slugOf(owner, "owner"));
    const file = path.join(this.#folder, `${folder}.ndjson`);
    const part = {
      steward: this.#stewardship.stewards.find((steward) => steward.owner === owner) ?? { owner },
      folder,
      file,
      tally: new RejectionTally(),
      census: new WorkbookCensus({ layoutOf: this.#layoutOf }),
      writer: new RejectionNdjsonWriter(file),
    };
    this.#parts.set(owner, part);
    return part;
  }

  /** Müller and Muller are two owners, and one name of a folder. */
  #freeName(slug: string): string {
    const taken = new Set([...this.#parts.values()].map(({ folder }) => folder));
    let name = slug;
    for (let number = 2; taken.has(name); number++) name = `${slug}-${number}`;
    return name;
  }
}
