import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceFormat } from "../project/source-format.ts";
import { openCsv } from "./csv-source.ts";
import type { SourceFile } from "./source-file.ts";

/** What stands between the fields, in the order in which equally good ones are preferred. */
const delimiters = [",", ";", "\t", "|"];
/** Most records a dialect is tried on. */
const triedRecords = 2_000;

interface Trial {
  readonly delimiter: string;
  readonly quote: string;
  readonly columns: number;
  readonly readable: number;
  readonly unreadable: number;
  readonly error?: DmfpipeError;
}

/**
 * Delimiter and quote character of a CSV file, found by reading its first records with each pair there is, the way
 * a load would: the one that leaves the fewest records unreadable wins, then the one with more columns, then the
 * one with quotes. What `known` says is not questioned. Errors as openCsv, when no pair can read the header.
 */
export async function detectDialect(
  file: SourceFile,
  known: SourceFormat,
): Promise<{ readonly delimiter: string; readonly quote: string }> {
  const quotes = known.quote === undefined ? ['"', ""] : [known.quote];
  const trials: Trial[] = [];
  for (const delimiter of known.delimiter === undefined ? delimiters : [known.delimiter]) {
    for (const quote of quotes) trials.push(await attempt(file, { ...known, delimiter, quote }));
  }
  const best = trials.reduce((a, b) => (isBetter(b, a) ? b : a));
  // One column only: the right delimiter may be one whose header has a mistake that has to be told.
  const told = best.columns > 1 ? undefined : trials.find(({ error }) => error !== undefined);
  if (told?.error !== undefined) throw told.error;
  return { delimiter: best.delimiter, quote: best.quote };
}

async function attempt(
  file: SourceFile,
  format: SourceFormat & { readonly delimiter: string; readonly quote: string },
): Promise<Trial> {
  const { delimiter, quote } = format;
  let readable = 0;
  let unreadable = 0;
  try {
    const source = await openCsv({ file, format, wanted: [] });
    const columns = source.columns.length;
    for await (const batch of source.batches()) {
      for (const item of batch.slice(0, triedRecords)) {
        if (item.kind === "record") readable++;
        else unreadable++;
      }
      if (readable + unreadable >= triedRecords) break;
    }
    return { delimiter, quote, columns, readable, unreadable };
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError) || thrown.code === "DMFP-SOURCE-MISSING") throw thrown;
    return { delimiter, quote, columns: 0, readable, unreadable, error: thrown };
  }
}

function isBetter(a: Trial, b: Trial): boolean {
  const [several, others] = [a.columns > 1, b.columns > 1];
  if (several !== others) return several;
  const [shareA, shareB] = [unreadableShare(a), unreadableShare(b)];
  if (shareA !== shareB) return shareA < shareB;
  return a.columns > b.columns;
}

function unreadableShare({ readable, unreadable }: Trial): number {
  return unreadable === 0 ? 0 : unreadable / (readable + unreadable);
}
