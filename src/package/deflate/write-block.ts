import { goOn, held, heldCount, putBits, to } from "./bit-writer";
import {
  codes,
  distanceCodes,
  distanceFrequencies,
  frequencies,
  increase,
  lengthCodes,
  lengthFrequencies,
  lengthSymbols,
  numberAt,
  put,
  runs,
  tokens,
} from "./memory";
import { makeCode } from "./prefix-code";

const endOfBlock: i32 = 256;
const literalsAndLengths: i32 = 286;
const distances: i32 = 30;
const codeLengths: i32 = 19;
const longestCode: i32 = 15;
const longestLengthCode: i32 = 7;
/** Symbols of code lengths beside the lengths themselves (RFC 1951, 3.2.7). */
const repeat: i32 = 16;
const zeros: i32 = 17;
const manyZeros: i32 = 18;

/** The order in which the lengths of the codes of code lengths are written. */
const order = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Lists the symbol of each length of a match (RFC 1951, 3.2.5). */
export function listLengths(): void {
  let base: i32 = 3;
  for (let symbol: i32 = 257; symbol < 285; symbol++) {
    const group = (symbol - 257) >> 2;
    const extra = group < 2 ? 0 : group - 1;
    for (let length = base; length < base + (1 << extra); length++)
      put(lengthSymbols, length, symbol | (extra << 12) | (base << 16));
    base += 1 << extra;
  }
  put(lengthSymbols, 258, 285 | (258 << 16));
}

/** The symbol of a distance; those from 4 on have extra bits. */
export function distanceSymbol(distance: u32): i32 {
  const less = distance - 1;
  if (less < 4) return less;
  const highest = 31 - clz(less);
  return 2 * highest + ((less >> (highest - 1)) & 1);
}

/** Forgets what occurred in the block before. */
export function beginBlock(): void {
  memory.fill(frequencies, 0, distanceFrequencies - frequencies + 32 * 4);
}

/** Writes a block with codes of its own (RFC 1951, 3.2.7) of the tokens up to an address. It is not the last one. */
export function writeBlock(end: usize): void {
  put(frequencies, endOfBlock, 1);
  const literalCodes = makeCode(frequencies, codes, literalsAndLengths, longestCode);
  const distanceCount = makeCode(distanceFrequencies, distanceCodes, distances, longestCode);
  writeCodes(literalCodes, distanceCount);
  writeTokens(end);
  const code = numberAt(codes, endOfBlock);
  putBits(code & 0xffff, code >> 16);
}

function writeCodes(literalCodes: i32, distanceCount: i32): void {
  memory.fill(lengthFrequencies, 0, codeLengths * 4);
  const end = listRuns(literalCodes, distanceCount);
  makeCode(lengthFrequencies, lengthCodes, codeLengths, longestLengthCode);
  let count = codeLengths;
  while (count > 4 && numberAt(lengthCodes, load<u8>(order + count - 1)) == 0) count--;
  // Not the last block; codes of its own.
  putBits(0b100, 3);
  putBits(literalCodes - 257, 5);
  putBits(distanceCount - 1, 5);
  putBits(count - 4, 4);
  for (let at: i32 = 0; at < count; at++) putBits(numberAt(lengthCodes, load<u8>(order + at)) >> 16, 3);
  for (let run = runs; run < end; run += 2) {
    const symbol = <i32>load<u8>(run);
    const code = numberAt(lengthCodes, symbol);
    putBits(code & 0xffff, code >> 16);
    if (symbol >= repeat) putBits(load<u8>(run, 1), symbol == repeat ? 2 : symbol == zeros ? 3 : 7);
  }
}

/** Codes the lengths of all codes; returns the end of the list. */
function listRuns(literalCodes: i32, distanceCount: i32): usize {
  const all = literalCodes + distanceCount;
  let to = runs;
  for (let at: i32 = 0; at < all;) {
    const length = lengthOf(at, literalCodes);
    let run: i32 = 1;
    while (at + run < all && lengthOf(at + run, literalCodes) == length) run++;
    at += run;
    if (length == 0) {
      for (; run >= 11; run -= min(run, 138)) to = putRun(to, manyZeros, min(run, 138) - 11);
      if (run >= 3) {
        to = putRun(to, zeros, run - 3);
        run = 0;
      }
    } else {
      to = putRun(to, length, 0);
      for (run--; run >= 3; run -= min(run, 6)) to = putRun(to, repeat, min(run, 6) - 3);
    }
    for (; run > 0; run--) to = putRun(to, length, 0);
  }
  return to;
}

function lengthOf(at: i32, literalCodes: i32): i32 {
  return (at < literalCodes ? numberAt(codes, at) : numberAt(distanceCodes, at - literalCodes)) >> 16;
}

function putRun(to: usize, symbol: i32, more: i32): usize {
  store<u8>(to, <u8>symbol);
  store<u8>(to, <u8>more, 1);
  increase(lengthFrequencies, symbol);
  return to + 2;
}

/** Most of the time goes here and into finding matches: bits are held in locals, and written once a token. */
function writeTokens(end: usize): void {
  let at = to;
  let bits = held;
  let count = heldCount;
  for (let place = tokens; place < end; place += 4) {
    const token = load<u32>(place);
    if (token < 0x10000) {
      const code = numberAt(codes, token);
      bits |= (<u64>(code & 0xffff)) << count;
      count += code >> 16;
    } else {
      const length = token >> 16;
      const less = token & 0xffff;
      const symbol = numberAt(lengthSymbols, length);
      const code = numberAt(codes, symbol & 0xfff);
      bits |= (<u64>(code & 0xffff)) << count;
      count += code >> 16;
      bits |= (<u64>(length - (symbol >> 16))) << count;
      count += (symbol >> 12) & 15;
      const distance = distanceSymbol(less + 1);
      const distanceCode = numberAt(distanceCodes, distance);
      bits |= (<u64>(distanceCode & 0xffff)) << count;
      count += distanceCode >> 16;
      if (distance >= 4) {
        const extra = (distance >> 1) - 1;
        bits |= (<u64>(less & ((1 << extra) - 1))) << count;
        count += extra;
      }
    }
    // At most 7 bits were held: with 15, 5, 15 and 13 of a match they are 55.
    store<u64>(at, bits);
    at += <usize>(count >> 3);
    bits >>= count & ~7;
    count &= 7;
  }
  goOn(at, bits, count);
}
