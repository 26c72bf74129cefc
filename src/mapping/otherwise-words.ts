/** What other languages call everything else; here that is written `*`. */
const otherwiseWords: ReadonlySet<string> = new Set(["else", "otherwise", "default", "_"]);

/**
 * What to say of a word before a `->` that is most likely meant to stand for everything else; undefined for any other.
 * Taken for what they say, such words would be a value that no record has, and nobody would notice before all others
 * are rejected. Only in small letters: `DEFAULT` and `ELSE` are codes that ERPs really have.
 */
export function meantOtherwise(word: string): string | undefined {
  return otherwiseWords.has(word) ? `Everything else is written * -> …, not ${word} -> ….` : undefined;
}
