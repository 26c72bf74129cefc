/** A number without its notation: its significant digits, without zeros at either end, and where the point stands. */
interface Significant {
  readonly negative: boolean;
  /** Empty for zero. */
  readonly digits: string;
  /** The number is 0.<digits> × 10^exponent. */
  readonly exponent: number;
}

const longestExponent = 400;

/**
 * The numbers a text may mean, each as one canonical text: `1.500` is fifteen hundred in one country and one and a half
 * in another. Empty for a text that is no number.
 */
export function numberReadings(text: string): ReadonlySet<string> {
  return new Set(significantReadings(text).map(canonical));
}

/** Whether two texts may be the same number, in whatever notation. */
export function mayBeSameNumber(a: string, b: string): boolean {
  const readings = numberReadings(a);
  if (readings.size === 0) return false;
  return [...numberReadings(b)].some((reading) => readings.has(reading));
}

/** Whether a text is written with an exponent, as spreadsheets show numbers that are too long for them. */
export function isScientific(text: string): boolean {
  return /^[+-]?\d+(?:[.,]\d+)?E[+-]?\d{1,3}$/i.test(text.trim());
}

/** The fewest digits of a number that was rounded for being shown; fewer are more likely another number. */
const fewestShownDigits = 6;
/** A spreadsheet keeps no more digits of a number than these. */
const keptDigits = 15;

/** Whether `shown` may be what is left of the number `original`, when digits at its end were lost. */
export function mayBeRounded(original: string, shown: string): boolean {
  const fewest = isScientific(shown) ? 1 : fewestShownDigits;
  return significantReadings(shown).some(({ negative, digits, exponent }) => {
    if (digits.length < fewest || digits.length > keptDigits) return false;
    return significantReadings(original).some((full) => {
      if (full.negative !== negative || full.digits.length <= digits.length) return false;
      const cut = { ...full, digits: full.digits.slice(0, digits.length) };
      const wanted = canonical({ negative, digits, exponent });
      return canonical(trimmed(cut)) === wanted || canonical(rounded(full, digits.length)) === wanted;
    });
  });
}

/** Whether a whole number has more digits than a spreadsheet keeps, and zeros where it would have lost them. */
export function looksCut(text: string): boolean {
  return /^\d{16,}$/.test(text) && /^0+$/.test(text.slice(keptDigits));
}

function significantReadings(text: string): readonly Significant[] {
  const plain = text.trim().replaceAll(/[\s\u00A0\u202F]/g, "");
  const match = /^([+\-\u2212]?)([\d.,'’]*\d[\d.,'’]*)(?:E([+-]?\d{1,3}))?(%?)(-?)$/i.exec(plain);
  if (match === null) return [];
  const [, sign = "", body = "", power = "0", percent = "", behind = ""] = match;
  if (sign !== "" && behind !== "") return [];
  const negative = (sign !== "" && sign !== "+") || behind !== "";
  const shift = Number(power) - (percent === "" ? 0 : 2);
  if (Math.abs(shift) > longestExponent) return [];
  return wholeAndFraction(body).map(([whole, fraction]) =>
    trimmed({ negative, digits: whole + fraction, exponent: whole.length + shift }),
  );
}

/** What stands before and behind the decimal separator, in each way the text can be read. */
function wholeAndFraction(body: string): readonly (readonly [string, string])[] {
  if (/^\d+$/.test(body)) return [[body, ""]];
  const found: (readonly [string, string])[] = [];
  // One separator, and nothing of the other kinds: it may be the decimal one.
  const decimal = /^(\d*)[.,](\d*)$/.exec(body);
  if (decimal !== null) found.push([decimal[1] ?? "", decimal[2] ?? ""]);
  const grouped = /^(\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})*)(?:([.,])(\d*))?$/.exec(body);
  if (grouped !== null && grouped[2] !== grouped[3]) {
    found.push([(grouped[1] ?? "").replaceAll(/\D/g, ""), grouped[4] ?? ""]);
  }
  return found;
}

function trimmed({ negative, digits, exponent }: Significant): Significant {
  const zeros = /^0*/.exec(digits)?.[0].length ?? 0;
  const rest = digits.slice(zeros).replace(/0+$/, "");
  return rest === ""
    ? { negative: false, digits: "", exponent: 0 }
    : { negative, digits: rest, exponent: exponent - zeros };
}

function rounded(number: Significant, places: number): Significant {
  const up = (number.digits.charCodeAt(places) || 0) >= 0x35;
  const kept = number.digits.slice(0, places);
  if (!up) return trimmed({ ...number, digits: kept });
  const digits = String(BigInt(kept) + 1n);
  const exponent = number.exponent + (digits.length - kept.length);
  return trimmed({ ...number, digits, exponent });
}

function canonical({ negative, digits, exponent }: Significant): string {
  return `${negative ? "-" : ""}${digits}e${exponent}`;
}
