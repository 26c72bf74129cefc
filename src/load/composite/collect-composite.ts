import type { JobDetail } from "../../environment/job-details.ts";
import type { Project } from "../../project/project.ts";
import type { PackageRows } from "../../package/read-package.ts";
import type { ChannelSinks } from "../collecting/channel-sinks.ts";
import { readCompositeChannels } from "./composite-channels.ts";
import { divideCounts, rowsOfPart, wholeDetail } from "./composite-outcome.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import { CompositeRefusals } from "./composite-refusals.ts";
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

  /** What is to be found out about records because of where they belong. */
  refusals(parts: readonly PartOutcome[]): CompositeRefusals {
    const { pack } = this.#options;
    const whole = this.#whole;
    return new CompositeRefusals({
      composite: this.#composite,
      parts: parts.map(({ part, planned, detail }) => ({
        part,
        planned,
        loaded: whole === undefined ? (detail?.created ?? 0) + (detail?.updated ?? 0) : undefined,
      })),
      rows: (part) => this.rows(part),
      lacking: whole === undefined ? undefined : sumOf(pack, "records") - whole.created - whole.updated,
    });
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

  /** The rows of a part, from the first on: they lie among those of the others. */
  rows(part: Pick<IncompletePart, "part" | "planned">): AsyncIterable<PackageRows> {
    const { project, folder, pack } = this.#options;
    const packageFile = folder.packageFile(pack.key);
    return rowsOfPart(project, this.#composite, { ...part, packageFile });
  }
}
