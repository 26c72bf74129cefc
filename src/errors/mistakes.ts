import { DmfpipeError, formatPlace, type ErrorPlace } from "./dmfpipe-error.ts";

/** Most mistakes one message lists: more are not read anyway. `mistakesOf` gives all. */
const listed = 20;

/** Collects the mistakes of a configuration, so that a person corrects them in one go. */
export class Mistakes {
  readonly #found: DmfpipeError[] = [];

  constructor(found: readonly DmfpipeError[] = []) {
    for (const mistake of found) this.add(mistake);
  }

  /** Configuration before sources, then in the order of files and lines. */
  get found(): readonly DmfpipeError[] {
    return this.#found.toSorted((a, b) => a.entry.exitCode - b.entry.exitCode || comparePlaces(a.at, b.at));
  }

  /** Runs a part of the check. A coded error of it is kept, and the result is then undefined. */
  attempt<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (thrown) {
      this.#keep(thrown);
      return undefined;
    }
  }

  /** The same for a part that takes its time. */
  async attemptLater<T>(part: () => Promise<T>): Promise<T | undefined> {
    try {
      return await part();
    } catch (thrown) {
      this.#keep(thrown);
      return undefined;
    }
  }

  /** Adds a mistake; one that stands for several is taken apart. */
  add(mistake: DmfpipeError): void {
    for (const one of mistakesOf(mistake)) {
      // What stands at one place is wrong in one way; the first to find it knew most about it.
      const place = formatPlace(one.at);
      const known = this.#found.some((other) => place !== "" && formatPlace(other.at) === place);
      if (!known) this.#found.push(one);
    }
  }

  /**
   * Throws what was found, if anything was: a single mistake as it is; of several, an error with the code and the
   * place of the first one, whose message lists them (the first twenty, with their number) and of which
   * `mistakesOf` gives each.
   */
  demandNone(): void {
    const { found } = this;
    const [first] = found;
    if (first === undefined) return;
    if (found.length === 1) throw first;
    const lines = found.slice(0, listed).map((mistake) => {
      const place = formatPlace(mistake.at);
      return `\n  ${place === "" ? "" : `${place} `}${mistake.message}`;
    });
    const rest = found.length - lines.length;
    const more = rest > 0 ? `\n  and ${rest} more.` : "";
    throw new DmfpipeError(
      first.code,
      `${found.length} mistakes in ${filesOf(found)}:${lines.join("")}${more}`,
      {
        at: first.at,
        next: "Correct what is named; these are all the mistakes there are to be found now.",
        cause: found,
      },
    );
  }

  #keep(thrown: unknown): void {
    if (!(thrown instanceof DmfpipeError) || thrown.code === "DMFP-BUG") throw thrown;
    this.add(thrown);
  }
}

/** The mistakes an error stands for: those `Mistakes` found, each with its place, or the error itself. */
export function mistakesOf(error: DmfpipeError): readonly DmfpipeError[] {
  const { cause } = error;
  const parts: readonly unknown[] = Array.isArray(cause) ? cause : [];
  const mistakes = parts.filter((part) => part instanceof DmfpipeError);
  return mistakes.length === 0 ? [error] : mistakes;
}

function filesOf(found: readonly DmfpipeError[]): string {
  const files = new Set(found.flatMap(({ at }) => at.file ?? []));
  const [only = "the configuration"] = files;
  return files.size > 1 ? `${files.size} files` : only;
}

function comparePlaces(a: ErrorPlace, b: ErrorPlace): number {
  const files = (a.file ?? "").localeCompare(b.file ?? "", "en");
  return files || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
