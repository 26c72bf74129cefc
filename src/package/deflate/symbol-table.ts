import { nextPlaces } from "./memory";

/*
 * What a code is read by: an entry of 16 bits for each of the next bits of the stream, the symbol above the four bits of
 * the length of its code (0: the code is a longer one, or there is none); behind them how many codes have each length,
 * and the symbols in the order of their codes. 16 bits each, too.
 */
/** Bits that a table answers at once; longer codes are looked for length by length. */
export const tableBits: i32 = 10;
export const longestCode: i32 = 15;

const countsOffset: usize = 2 << tableBits;
const symbolsOffset: usize = countsOffset + 32;

export function symbolCounts(table: usize, length: i32): i32 {
  return <i32>load<u16>(table + countsOffset + ((<usize>length) << 1));
}

export function symbolsInOrder(table: usize, index: i32): i32 {
  return <i32>load<u16>(table + symbolsOffset + ((<usize>index) << 1));
}

/**
 * Makes the table of a code from the lengths of the codes of its symbols, a byte each (0: it has none). Returns false for
 * lengths that make no code; as zlib has it, a code may lack symbols only where it has one of one bit, or none, and
 * where that `mayBe`.
 */
export function readTable(table: usize, lengths: usize, symbols: i32, mayBe: bool): bool {
  memory.fill(table, 0, symbolsOffset);
  for (let symbol: i32 = 0; symbol < symbols; symbol++) {
    const count = table + countsOffset + ((<usize>load<u8>(lengths + symbol)) << 1);
    store<u16>(count, load<u16>(count) + 1);
  }
  store<u16>(table + countsOffset, 0);
  let left: i32 = 1;
  let longest: i32 = 0;
  let place: i32 = 0;
  for (let length: i32 = 1; length <= longestCode; length++) {
    const count = symbolCounts(table, length);
    left = (left << 1) - count;
    if (left < 0) return false;
    if (count > 0) longest = length;
    store<u16>(nextPlaces + ((<usize>length) << 1), <u16>place);
    place += count;
  }
  if (left > 0 && !(mayBe && longest <= 1)) return false;
  for (let symbol: i32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const next = nextPlaces + ((<usize>length) << 1);
    store<u16>(table + symbolsOffset + ((<usize>load<u16>(next)) << 1), <u16>symbol);
    store<u16>(next, load<u16>(next) + 1);
  }
  let code: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= tableBits; length++, code <<= 1) {
    for (let last = index + symbolCounts(table, length); index < last; index++, code++) {
      const entry = <u16>((symbolsInOrder(table, index) << 4) | length);
      for (let at = reversed(code, length); at < 1 << tableBits; at += 1 << length) {
        store<u16>(table + ((<usize>at) << 1), entry);
      }
    }
  }
  return true;
}

/** A code stands in the stream with its first bit first. */
function reversed(code: i32, length: i32): i32 {
  let mirrored: i32 = 0;
  for (let bit: i32 = 0; bit < length; bit++) mirrored |= ((code >> bit) & 1) << (length - 1 - bit);
  return mirrored;
}
