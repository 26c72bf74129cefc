/** What a UTF-16 code unit is in a message. */
const [other, letter, digit, unknown] = [0, 1, 2, 3];

/** By code unit; those beyond ASCII are found out when they are first met. */
const kinds = new Uint8Array(0x10000).fill(unknown);

// Languages that write no blanks between words are left out: a word of theirs would be half a sentence.
const runsOn = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

function kindOf(code: number): number {
  const known = kinds[code] ?? other;
  if (known !== unknown) return known;
  const text = String.fromCharCode(code);
  const kind = /\p{N}/u.test(text)
    ? digit
    : /[\p{L}\p{M}_]/u.test(text) && !runsOn.test(text)
      ? letter
      : other;
  kinds[code] = kind;
  return kind;
}

/** Whether a letter or digit stands at an offset. */
export function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && kindOf(text.charCodeAt(at)) !== other;
}

function isDigitAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && kindOf(text.charCodeAt(at)) === digit;
}

/**
 * Goes over the words of a text: letters and digits, and what holds account numbers, dates, amounts, and addresses
 * together inside (`DE-00471`, `1,842.50`, `12:30:00`). It is one object that is asked again and again.
 */
export class WordScanner {
  /** Offset behind the word. */
  end = 0;
  hasDigit = false;

  /** Reads the word that begins at an offset, where a letter or digit stands. */
  read(text: string, start: number): void {
    this.hasDigit = false;
    let at = start;
    do {
      let kind;
      while (at < text.length && (kind = kindOf(text.charCodeAt(at))) !== other) {
        if (kind === digit) this.hasDigit = true;
        at++;
      }
      this.end = at;
      at++;
    } while (isWordAt(text, at) && this.#joins(text, start, this.end));
  }

  #joins(text: string, start: number, at: number): boolean {
    switch (text[at]) {
      case ".":
      case "-":
      case "/":
      case "\\":
      case "@":
        return true;
      // Between words it is a colon or a comma like any other.
      case ":":
      case ",":
        return isDigitAt(text, at - 1) && isDigitAt(text, at + 1);
      case "+":
        return at === start + 1 && text[start] === "U";
      default:
        return false;
    }
  }
}
