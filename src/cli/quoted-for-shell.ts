/** A text as one word of a command to type: as it is where no shell would read anything else into it, else in quotes. */
export function quotedForShell(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
