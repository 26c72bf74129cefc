import { rmSync } from "node:fs";
import { bytesOf } from "../../project/byte-size.ts";
import type { Project } from "../../project/project.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import { isFinal } from "../ledger/package-state.ts";
import type { RunFolder } from "../run-folder.ts";

export interface DiskRoomOptions {
  readonly project: Project;
  readonly folder: RunFolder;
  /** Packages the run has already. */
  readonly packages: readonly LedgerPackage[];
}

/**
 * Keeps the packages of a run from filling the disk. While packages are sent as they are built, no more is built when
 * those that are not over take more than `packages.diskLimit`; and with `packages.keepDone: false` one that F&O is done
 * with is removed at once. Nothing needs it any more: what F&O rejected of it is written down, a second pass reads the
 * source again, and `explain` finds a row by the index, which stays.
 */
export class DiskRoom {
  readonly #options: DiskRoomOptions;
  readonly #limitBytes: number;
  /** Sizes of the packages that are not over. */
  readonly #unsent = new Map<string, number>();
  #freed = Promise.withResolvers<undefined>();
  #isOver = false;
  #isStuck = false;

  constructor(options: DiskRoomOptions) {
    this.#options = options;
    this.#limitBytes = bytesOf(options.project.packages.diskLimit);
    for (const pack of options.packages) {
      if (isFinal(pack.state)) this.#remove(pack);
      else this.add(pack);
    }
  }

  /** A package that was built. */
  add({ key, sizeBytes }: LedgerPackage): void {
    this.#isStuck = false;
    this.#unsent.set(key, sizeBytes);
  }

  /** A package is over. */
  over(pack: LedgerPackage): void {
    this.#unsent.delete(pack.key);
    this.#remove(pack);
    this.#wake();
  }

  /** Of the packages that are not over none can be begun: they take their room for good. */
  stuck(): void {
    this.#isStuck = true;
    this.#wake();
  }

  /** Nothing is sent any more: nobody has to wait. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Resolves when there is room, or when nothing is sent any more; to false when there never will be any. */
  async wait(): Promise<boolean> {
    while (!this.#isOver && this.#bytes() > this.#limitBytes) {
      if (this.#isStuck) return false;
      await this.#freed.promise;
    }
    return true;
  }

  #wake(): void {
    this.#freed.resolve(undefined);
    this.#freed = Promise.withResolvers();
  }

  #bytes(): number {
    return [...this.#unsent.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #remove(pack: LedgerPackage): void {
    const { project, folder } = this.#options;
    // One that failed or was left out is kept: somebody will want to see what was in it.
    if (project.packages.keepDone || pack.state !== "done") return;
    rmSync(folder.packageFile(pack.key), { force: true });
  }
}
