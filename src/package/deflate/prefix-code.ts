import { increase, lengthCounts, nextCodes, numberAt, put, symbols, weights } from "./memory";

/** Weights are sums of at most this many tokens, so no code is longer than this before it is shortened. */
const longestPossible: i32 = 63;

/**
 * Makes the shortest prefix code whose codes have at most `limit` bits for symbols that occur so often; see `codes` in
 * memory.ts for its form. At least two symbols get one, for not every reader takes a code of one. Returns the number of
 * the last symbol that has a code, plus one.
 */
export function makeCode(frequencies: usize, codes: usize, count: i32, limit: i32): i32 {
  const used = sortSymbols(frequencies, count);
  lightestLengths(used);
  countLengths(used, limit);
  return giveCodes(codes, count, used, limit);
}

/** Sorts the symbols that occur by how often, the rarest first; returns how many they are. */
function sortSymbols(frequencies: usize, count: i32): i32 {
  let used: i32 = 0;
  for (let symbol: i32 = 0; symbol < count; symbol++) if (numberAt(frequencies, symbol) > 0) used++;
  for (let symbol: i32 = 0; used < 2; symbol++) {
    if (numberAt(frequencies, symbol) > 0) continue;
    put(frequencies, symbol, 1);
    used++;
  }
  let sorted: i32 = 0;
  for (let symbol: i32 = 0; symbol < count; symbol++) {
    const weight = numberAt(frequencies, symbol);
    if (weight == 0) continue;
    let at = sorted++;
    for (; at > 0 && numberAt(weights, at - 1) > weight; at--) {
      put(weights, at, numberAt(weights, at - 1));
      put(symbols, at, numberAt(symbols, at - 1));
    }
    put(weights, at, weight);
    put(symbols, at, symbol);
  }
  return used;
}

/**
 * Turns `count` sorted weights into the lengths of their codes, in place: Moffat and Katajainen, "In-place calculation of
 * minimum-redundancy codes" (1995).
 */
function lightestLengths(count: i32): void {
  put(weights, 0, numberAt(weights, 0) + numberAt(weights, 1));
  let root: i32 = 0;
  let leaf: i32 = 2;
  for (let next: i32 = 1; next < count - 1; next++) {
    let sum: u32 = 0;
    for (let child: i32 = 0; child < 2; child++) {
      const isInner = root < next && (leaf >= count || numberAt(weights, root) < numberAt(weights, leaf));
      sum += numberAt(weights, isInner ? root : leaf);
      if (isInner) put(weights, root++, next);
      else leaf++;
    }
    put(weights, next, sum);
  }
  // Depths of the inner nodes, then of the leaves.
  put(weights, count - 2, 0);
  for (let next = count - 3; next >= 0; next--)
    put(weights, next, numberAt(weights, numberAt(weights, next)) + 1);
  let available: i32 = 1;
  root = count - 2;
  let next = count - 1;
  for (let depth: u32 = 0; available > 0; depth++) {
    let inner: i32 = 0;
    for (; root >= 0 && numberAt(weights, root) == depth; root--) inner++;
    for (; available > inner; available--) put(weights, next--, depth);
    available = 2 * inner;
  }
}

/** Counts the lengths, and lengthens short codes until those that were too long fit. */
function countLengths(count: i32, limit: i32): void {
  for (let length: i32 = 0; length <= longestPossible; length++) put(lengthCounts, length, 0);
  for (let at: i32 = 0; at < count; at++) increase(lengthCounts, min(<i32>numberAt(weights, at), limit));
  let total: u32 = 0;
  for (let length: i32 = 1; length <= limit; length++)
    total += numberAt(lengthCounts, length) << (limit - length);
  for (; total > (<u32>1) << limit; total--) {
    put(lengthCounts, limit, numberAt(lengthCounts, limit) - 1);
    let length = limit - 1;
    while (numberAt(lengthCounts, length) == 0) length--;
    put(lengthCounts, length, numberAt(lengthCounts, length) - 1);
    put(lengthCounts, length + 1, numberAt(lengthCounts, length + 1) + 2);
  }
}

/** Gives the symbols codes of these lengths, the shortest to those that occur most (RFC 1951, 3.2.2). */
function giveCodes(codes: usize, count: i32, used: i32, limit: i32): i32 {
  for (let symbol: i32 = 0; symbol < count; symbol++) put(codes, symbol, 0);
  let at = used;
  let next: u32 = 0;
  for (let length: i32 = 1; length <= limit; length++) {
    const ofLength = numberAt(lengthCounts, length);
    put(nextCodes, length, next);
    next = (next + ofLength) << 1;
    for (let left = ofLength; left > 0; left--) put(codes, numberAt(symbols, --at), length << 16);
  }
  let behind: i32 = 0;
  for (let symbol: i32 = 0; symbol < count; symbol++) {
    const length = numberAt(codes, symbol) >> 16;
    if (length == 0) continue;
    put(codes, symbol, reversed(numberAt(nextCodes, length), length) | (length << 16));
    increase(nextCodes, length);
    behind = symbol + 1;
  }
  return behind;
}

/** Codes are written from their highest bit on. */
function reversed(code: u32, length: u32): u32 {
  let bits: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) bits |= ((code >> bit) & 1) << (length - 1 - bit);
  return bits;
}
