import { identifierWords, wordForms, wordWeights } from "./word-forms.ts";

/** The words of a name with what each counts; a word is there once. */
export type NameWords = ReadonlyMap<string, number>;

// Maps: an object would know words such as "constructor" of itself.
const forms = new Map(Object.entries(wordForms));
const weights = new Map(Object.entries(wordWeights));

/** Words of parents in a path, such as `Finance` in `Finance/Currency`: they help, but need not be matched. */
const parentWeight = 0.2;
/** Words the entity itself says: of `Vendors V2`, `vendor`. */
const impliedWeight = 0.25;

/** A name as synonyms are looked up by: small letters and digits only, umlauts as ae, oe, ue. */
export function nameKey(name: string): string {
  return withoutUmlauts(name)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The last step of a path without `@` and `[1]`; a plain column's name as it is. */
export function lastStep(column: string): string {
  return pathSteps(column).at(-1) ?? column;
}

/** The steps of an XML path; of a plain column's name the name alone. */
export function pathSteps(column: string): readonly string[] {
  return column
    .split("/")
    .map((step) => step.replace(/^@/, "").replace(/\[(\d+|\*)\]$/, ""))
    .filter((step) => step !== "" && step !== "." && step !== "..");
}

/** The words an entity's label says: they need not be in a column's name. `Vendors V2`: vendor. */
export function impliedWords(entityLabel: string): ReadonlySet<string> {
  return new Set(words(entityLabel.replace(/\bV\d+$/, "")).filter((word) => !/^(header|detail)$/.test(word)));
}

/** The words of a source column, weighted; of a path the last step counts, and the ones before it a little. */
export function columnWords(column: string, implied: ReadonlySet<string>): NameWords {
  const steps = pathSteps(column);
  const last = words(steps.at(-1) ?? column);
  // `Group/@code` is the code of a group: the parent is what tells it apart.
  const parents = last.every((word) => identifierWords.has(word)) ? 1 : parentWeight;
  const found = weighted(last, implied, 1);
  for (const word of steps.slice(0, -1).flatMap((step) => words(step))) {
    if (!found.has(canonical(word))) found.set(canonical(word), weightOf(word, implied) * parents);
  }
  return found;
}

/** The words of a field, by its OData name: `VendorAccountNumber`. */
export function fieldWords(odataName: string, implied: ReadonlySet<string>): NameWords {
  return weighted(words(odataName), implied, 1);
}

/** How alike two names are, from 0 to 1: the weight of the words both have, of all their words. */
export function likeness(a: NameWords, b: NameWords): number {
  let shared = 0;
  let all = 0;
  for (const [word, weight] of a) {
    all += weight;
    const other = b.get(word);
    if (other !== undefined) shared += weight + other;
  }
  for (const weight of b.values()) all += weight;
  return all === 0 ? 0 : shared / all;
}

function weighted(
  list: readonly string[],
  implied: ReadonlySet<string>,
  factor: number,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const word of list) {
    if (!found.has(canonical(word))) found.set(canonical(word), weightOf(word, implied) * factor);
  }
  return found;
}

function weightOf(word: string, implied: ReadonlySet<string>): number {
  return Math.min(weights.get(word) ?? 1, implied.has(word) ? impliedWeight : 1);
}

/** Words for what a thing is called by count as one word. */
function canonical(word: string): string {
  return identifierWords.has(word) ? "id" : word;
}

/** The words of a name in small letters and the singular, abbreviations written out. */
function words(name: string): string[] {
  return withoutUmlauts(name)
    .replace(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, "$1 ")
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1 ")
    .replace(/(\p{L})(?=\p{N})/gu, "$1 ")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .flatMap((word) => (forms.get(word) ?? forms.get(singular(word)) ?? singular(word)).split(" "));
}

function singular(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  return word.endsWith("s") && !/(ss|us|is)$/.test(word) && word.length > 3 ? word.slice(0, -1) : word;
}

function withoutUmlauts(name: string): string {
  return name
    .replace(/[äÄ]/g, (letter) => (letter === "ä" ? "ae" : "Ae"))
    .replace(/[öÖ]/g, (letter) => (letter === "ö" ? "oe" : "Oe"))
    .replace(/[üÜ]/g, (letter) => (letter === "ü" ? "ue" : "Ue"))
    .replace(/ß/g, "ss")
    .normalize("NFD")
    .replace(/\p{M}/gu, "");
}
