import type { JobDetail } from "../../environment/job-details.ts";
import type { Project } from "../../project/project.ts";
import type { AttributionOptions } from "../../rejection/attribution.ts";
import type { ChannelSinks } from "../collecting/channel-sinks.ts";
import { readCompositeChannels } from "./composite-channels.ts";
import {
  divideCounts,
  findRefusals,
  rowsOfPart,
  wholeDetail,
  type NestedPart,
  type PartRefusals,
} from "./composite-outcome.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import type { ChannelOptions, IncompletePart } from "../collecting/error-channels.ts";
import { sumOf } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** One entity of a package with what F&O counted for it. */
export interface PartOutcome extends IncompletePart {
  readonly detail: JobDetail | undefined;
  readonly complete: boolean;
}

interface CollectionOptions extends ChannelOptions {
  readonly project: Project;
  /** The mappings of the package's entities, in its order. */
  readonly planned: readonly PlannedLoad[];
}

/** What is different where the package that is collected holds a composite entity. */
export class CompositeCollection {
  readonly #options: CollectionOptions;
  readonly #composite: PlannedComposite;
  /** F&O's counts, where it counted the composite entity as a whole. */
  readonly #whole: JobDetail | undefined;
  #refusals: ReadonlyMap<IncompletePart, PartRefusals> = new Map();

  private constructor(
    options: CollectionOptions,
    composite: PlannedComposite,
    details: readonly JobDetail[],
  ) {
    this.#options = options;
    this.#composite = composite;
    this.#whole = wholeDetail(composite, details);
  }

  /** Undefined for a package without a composite entity. */
  static of(options: CollectionOptions, details: readonly JobDetail[]): CompositeCollection | undefined {
    const composite = options.planned[0]?.composite?.of;
    return composite === undefined ? undefined : new CompositeCollection(options, composite, details);
  }

  /** The parts of whose records not all were loaded, as far as F&O's counts say so. */
  incomplete(parts: readonly PartOutcome[]): readonly PartOutcome[] {
    if (this.#whole === undefined) return parts.filter(({ complete }) => !complete);
    const counted = this.#whole.created + this.#whole.updated;
    const { pack } = this.#options;
    const documents = pack.parts[0]?.records;
    const all =
      counted === sumOf(pack, "records") || (counted === documents && pack.environmentStatus === "Succeeded");
    return all ? [] : parts;
  }

  async readChannels(parts: readonly IncompletePart[], sinks: ChannelSinks): Promise<void> {
    await readCompositeChannels({ ...this.#options, composite: this.#composite }, parts, sinks);
  }

  /** Whether it can be told from the counts of a part how many of its records were loaded. */
  get countsParts(): boolean {
    return this.#whole === undefined;
  }

  /** Finds out who was refused because of where it belongs; to be called when all matches are counted. */
  async findRefusals(parts: readonly PartOutcome[]): Promise<void> {
    const { pack } = this.#options;
    const whole = this.#whole;
    const nested = parts.map((part): NestedPart & { readonly of: PartOutcome } => ({
      part: part.part,
      planned: part.planned,
      ids: part.ids,
      of: part,
      loaded: whole === undefined ? (part.detail?.created ?? 0) + (part.detail?.updated ?? 0) : undefined,
    }));
    const found = await findRefusals({
      composite: this.#composite,
      parts: nested,
      rows: (part) => this.#rows(part),
      lacking: whole === undefined ? undefined : sumOf(pack, "records") - whole.created - whole.updated,
    });
    this.#refusals = new Map(
      nested.flatMap((part) => {
        const refusals = found.get(part);
        return refusals === undefined ? [] : [[part.of, refusals] as const];
      }),
    );
  }

  /** How the rows of a part are read, and what follows for them from where they belong. */
  attribution(part: IncompletePart): Pick<AttributionOptions, "rows" | "nested"> {
    return { rows: () => this.#rows(part), nested: this.#refusals.get(part) };
  }

  /** Records of a part that F&O refused without its being possible to say which. */
  unknown(part: IncompletePart): number {
    return this.#refusals.get(part)?.unknown ?? 0;
  }

  /** To be called when the rejections are written: ids that named what a record is nested in have fitted one. */
  settle(): void {
    for (const { used } of this.#refusals.values()) for (const entry of used) entry.matches++;
  }

  /**
   * F&O's counts of each part, from its count of the whole, and what is to be said about that; undefined where it counted
   * the parts. `refused`: by part.
   */
  divided(
    refused: readonly number[],
  ): { readonly details: readonly JobDetail[]; readonly note: string } | undefined {
    const whole = this.#whole;
    if (whole === undefined) return undefined;
    const { pack } = this.#options;
    const { parts, consistent } = divideCounts(pack, whole, refused);
    const details = parts.map((counts, index) => ({
      ...whole,
      entity: pack.parts[index]?.entity ?? "",
      ...counts,
    }));
    const { label } = this.#composite;
    const how = consistent
      ? "how they divide among its entities is worked out from the refused records."
      : "they fit neither all its records nor its documents without those that were refused, so the counts below are no more than a guess.";
    const note = `F&O counted ${label} as a whole in ${pack.key} (${whole.created} created, ${whole.updated} updated): ${how}`;
    return { details, note };
  }

  #rows(part: Pick<IncompletePart, "part" | "planned">): ReturnType<typeof rowsOfPart> {
    const { project, folder, pack } = this.#options;
    const packageFile = folder.packageFile(pack.key);
    return rowsOfPart(project, this.#composite, { ...part, packageFile });
  }
}
