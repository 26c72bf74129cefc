/** How a spreadsheet calls a column: 1 is A, 27 is AA. */
export function columnLetters(column: number): string {
  const rest = column - 1;
  const before = rest >= 26 ? columnLetters(Math.floor(rest / 26)) : "";
  return before + String.fromCharCode(65 + (rest % 26));
}

/** The column of a cell by the letters its place begins with: `AB12` is in 28. 0 for what begins with none. */
export function columnOfPlace(place: string): number {
  let column = 0;
  for (let at = 0; at < place.length; at++) {
    const letter = place.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column;
}
