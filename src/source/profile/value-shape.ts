/** Kinds of characters a value has, as bits that can be put together. */
export const Characters = {
  digit: 1,
  upper: 2,
  lower: 4,
  blank: 8,
  sign: 16,
  point: 32,
  comma: 64,
  slash: 128,
  colon: 256,
  other: 512,
  control: 1024,
  nonAscii: 2048,
} as const;

/** Runs longer than this are written with their length: `9{10}`. */
const longestPlainRun = 4;
/** A shape that gets longer than this ends with `…`: it is the shape of a text, and nobody reads on. */
const longestShape = 40;

const digitSign = 0x39;
const upperSign = 0x41;
const lowerSign = 0x61;

/**
 * Finds the shape of values: letters become A or a, digits 9, everything else stands for itself, and a run of more
 * than four is written with its length. `DE-00471` is `AA-9{5}`. Control characters become their pictures (U+2400
 * and on), so that a shape can be shown.
 *
 * It is one object that is asked again and again, because all is found in one pass over the value: `characters` of
 * what it is made, two hashes of the shape, and the shape itself only where `shape` asks for it.
 */
export class ShapeReader {
  #value = "";
  /** Bits of `Characters` of the value that was read last. */
  characters = 0;
  /** A hash of its shape, 0 to 1,073,741,823, and a second one, 32 bits. */
  hash = 0;
  check = 0;

  read(value: string): void {
    this.#value = value;
    let characters = 0;
    let hash = 0x2545f491;
    let check = 0x41c6ce57;
    let run = 0;
    let last = 0;
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      const known = code < 128 ? (asciiSigns[code] ?? 0) : signOf(code);
      if (known === last) {
        run++;
        continue;
      }
      hash = Math.imul(hash ^ last ^ (run << 16), 2654435761);
      check = Math.imul(check ^ last ^ (run << 16), 1597334677);
      hash ^= hash >>> 15;
      characters |= known >>> 16;
      last = known;
      run = 1;
    }
    hash = Math.imul(hash ^ last ^ (run << 16), 2654435761);
    check = Math.imul(check ^ last ^ (run << 16), 1597334677);
    this.characters = characters;
    this.hash = (hash ^ (hash >>> 15)) & 0x3fffffff;
    this.check = check ^ (check >>> 13);
  }

  /** The shape of the value that was read last. */
  shape(): string {
    const value = this.#value;
    let shape = "";
    let run = 0;
    let last = -1;
    for (let at = 0; at < value.length && shape.length <= longestShape; at++) {
      const code = value.charCodeAt(at);
      const sign = (code < 128 ? (asciiSigns[code] ?? 0) : signOf(code)) & 0xffff;
      if (sign === last) {
        run++;
        continue;
      }
      if (last !== -1) shape += written(last, run);
      last = sign;
      run = 1;
    }
    if (last !== -1 && shape.length <= longestShape) shape += written(last, run);
    return shape.length > longestShape ? `${shape.slice(0, longestShape)}…` : shape;
  }
}

function written(sign: number, run: number): string {
  const character = String.fromCharCode(sign);
  if (run === 1) return character;
  return run <= longestPlainRun ? character.repeat(run) : `${character}{${run}}`;
}

/** Of each ASCII character what stands for it in a shape (lower 16 bits), and its kind (upper 16). */
const asciiSigns = Uint32Array.from({ length: 128 }, (_, code) => {
  const [kind, sign] = asciiKind(code);
  return (kind << 16) | sign;
});

function asciiKind(code: number): readonly [kind: number, sign: number] {
  if (code < 0x20) return [Characters.control, 0x2400 + code];
  if (code === 0x7f) return [Characters.control, 0x2421];
  const character = String.fromCharCode(code);
  if (character >= "0" && character <= "9") return [Characters.digit, digitSign];
  if (character >= "A" && character <= "Z") return [Characters.upper, upperSign];
  if (character >= "a" && character <= "z") return [Characters.lower, lowerSign];
  switch (character) {
    case " ":
      return [Characters.blank, code];
    case "+":
    case "-":
      return [Characters.sign, code];
    case ".":
      return [Characters.point, code];
    case ",":
      return [Characters.comma, code];
    case "/":
      return [Characters.slash, code];
    case ":":
      return [Characters.colon, code];
    default:
      return [Characters.other, code];
  }
}

const otherSigns = new Map<number, number>();

/** The same for what is not ASCII, looked up once for each character that occurs (there are 65,408 at most). */
function signOf(code: number): number {
  let known = otherSigns.get(code);
  if (known === undefined) {
    known = (otherKind(code) << 16) | otherSign(code);
    otherSigns.set(code, known);
  }
  return known;
}

function otherKind(code: number): number {
  if (code < 0xa0) return Characters.nonAscii | Characters.control;
  return /^\s$/.test(String.fromCharCode(code))
    ? Characters.nonAscii | Characters.blank
    : Characters.nonAscii | Characters.other;
}

function otherSign(code: number): number {
  const character = String.fromCharCode(code);
  if (/^\p{Lu}$/u.test(character)) return upperSign;
  // Halves of a pair are mostly letters of a script without capitals, or pictures; they count as letters.
  if (/^\p{L}$/u.test(character) || (code >= 0xd800 && code <= 0xdfff)) return lowerSign;
  return /^\p{Nd}$/u.test(character) ? digitSign : code;
}
