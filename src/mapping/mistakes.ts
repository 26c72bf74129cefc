import { DmfpipeError, formatPlace, type ErrorPlace } from "../errors/dmfpipe-error.ts";

/** Most mistakes one message lists: more are not read anyway. */
const listed = 20;

/** Collects the mistakes of a mapping, so that a person corrects them in one go. */
export class Mistakes {
  readonly #found: DmfpipeError[] = [];

  constructor(found: readonly DmfpipeError[] = []) {
    for (const mistake of found) this.#add(mistake);
  }

  /** Runs a part of the check. A coded error of it is kept, and the result is then undefined. */
  attempt<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (thrown) {
      if (!(thrown instanceof DmfpipeError) || thrown.code === "DMFP-BUG") throw thrown;
      this.#add(thrown);
      return undefined;
    }
  }

  /**
   * Throws what was found, if anything was: a single mistake as it is; of several, an error with the code and the
   * place of the first one in the file, whose message lists them all (the first twenty, with their number).
   */
  demandNone(): void {
    const [first, ...others] = this.#found.toSorted((a, b) => compare(a.at, b.at));
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const lines = [first, ...others].slice(0, listed).map((mistake) => {
      const place = formatPlace(mistake.at);
      return `\n  ${place === "" ? "" : `${place} `}${mistake.message}`;
    });
    const rest = others.length + 1 - lines.length;
    const count = `${others.length + 1} mistakes in ${first.at.file ?? "the mapping"}:`;
    throw new DmfpipeError(
      first.code,
      `${count}${lines.join("")}${rest > 0 ? `\n  and ${rest} more.` : ""}`,
      { at: first.at, next: "Correct the lines that are named; they are all there are to be found now." },
    );
  }

  #add(mistake: DmfpipeError): void {
    // What stands at one place is wrong in one way; the first to find it knew most about it.
    const place = formatPlace(mistake.at);
    const known = this.#found.some((other) => place !== "" && formatPlace(other.at) === place);
    if (!known) this.#found.push(mistake);
  }
}

function compare(a: ErrorPlace, b: ErrorPlace): number {
  const files = (a.file ?? "").localeCompare(b.file ?? "", "en");
  return files || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
