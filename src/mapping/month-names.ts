const english = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const german = [
  "Januar",
  "Februar",
  "März",
  "April",
  "Mai",
  "Juni",
  "Juli",
  "August",
  "September",
  "Oktober",
  "November",
  "Dezember",
];
/** Beside the first three letters: what people and programs write as well. */
const others: Readonly<Record<string, number>> = { jän: 1, jänner: 1, mrz: 3, maerz: 3, mae: 3, sept: 9 };

const byName = new Map<string, number>(Object.entries(others));
for (const names of [english, german]) {
  for (const [index, name] of names.entries()) {
    byName.set(name.toLowerCase(), index + 1);
    byName.set(name.slice(0, 3).toLowerCase(), index + 1);
  }
}

/** The number of a month, 1 to 12, by its English or German name or the beginning of it; case does not matter. */
export function monthNumber(name: string): number | undefined {
  return byName.get(name.toLowerCase().replace(/\.$/, "").normalize("NFC"));
}
