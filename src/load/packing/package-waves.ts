import { comesBefore } from "../load-order.ts";
import type { PlannedLoad } from "../load-plan.ts";

interface Content {
  readonly legalEntity: string;
  readonly planned: PlannedLoad;
  readonly wave: number;
}

/**
 * Which packages have to be over before others begin, where a package holds all entities of a legal entity. As a rule
 * the legal entities have nothing to do with one another. But a shared entity belongs to all of them, and its records are
 * in the package of one: what needs them elsewhere must not be in a package that goes before it, or beside it. It goes
 * in a package of the next wave. A wave holds one series of packages a legal entity, and is over before the next begins,
 * as far as anything in it is waited for.
 */
export class PackageWaves {
  readonly #waves = new Map<string, number>();
  #content: Content[] = [];

  /**
   * An entity begins in a legal entity, in the order of loading. Returns whether it needs a package of a later wave than
   * those that the legal entity has.
   */
  begin(legalEntity: string, planned: PlannedLoad): boolean {
    if (this.#content.some((other) => other.legalEntity === legalEntity && other.planned === planned))
      return false;
    const before = this.of(legalEntity);
    const wave = this.#content
      .filter((other) => other.legalEntity !== legalEntity && comesBefore(other, { legalEntity, planned }))
      .reduce((latest, other) => Math.max(latest, other.wave + 1), before);
    this.#waves.set(legalEntity, wave);
    this.#content.push({ legalEntity, planned, wave });
    return wave > before;
  }

  /** The wave of the packages that the legal entity has now. */
  of(legalEntity: string): number {
    return this.#waves.get(legalEntity) ?? 0;
  }

  /** All packages so far go before whatever comes now. */
  restart(): void {
    this.#waves.clear();
    this.#content = [];
  }
}
