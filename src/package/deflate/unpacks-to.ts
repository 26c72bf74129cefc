import { input, lengthsRead, literalTable, output, distanceTable } from "./memory";
import { longestCode, readTable, symbolCounts, symbolsInOrder, tableBits } from "./symbol-table";

const tableMask: u64 = (1 << tableBits) - 1;
const endOfBlock: i32 = 256;
const windowBytes: usize = 32 * 1024;
/** Entries of literals in a table, less one: more than nothing, and less than that of the end of a block. */
const literalEntries: u32 = (256 << 4) - 1;

/** For each symbol of a length from 257 on, and of a distance: the least of them, and how many bits are added to it. */
const lengthBases: StaticArray<u16> = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const lengthBits: StaticArray<u8> = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const distanceBases: StaticArray<u16> = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const distanceBits: StaticArray<u8> = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** In which order the lengths of the codes of lengths stand. */
const lengthOrder: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Bits that were loaded and not used, how many there are, and where the next ones are. */
let bits: u64 = 0;
let bitCount: i32 = 0;
let next: usize = 0;
/** How much of the piece was seen to come out. */
let seen: i32 = 0;

/**
 * Whether the `packedBytes` at `output` unpack to the `sizeBytes` at `input`, as RFC 1951 says: blocks with codes of their
 * own, stored blocks, none of them the last of a stream. Written from the RFC and not from what deflates. What it unpacks
 * it does not write anywhere: it is compared where it should come from.
 *
 * The piece is the first of the stream: what zlib unpacks behind others is the same.
 */
export function unpacksTo(packedBytes: i32, sizeBytes: i32): bool {
  bits = 0;
  bitCount = 0;
  next = output;
  seen = 0;
  const end = output + packedBytes;
  while (here() < end) {
    refill();
    const isLast = take(1);
    const kind = take(2);
    if (isLast != 0) return false;
    const good = kind == 0 ? storedBlock(sizeBytes) : kind == 2 && readCodes() && codedBlock(sizeBytes);
    if (!good) return false;
  }
  return here() == end && (bitCount & 7) == 0 && seen == sizeBytes;
}

/** Where the byte is of which the next bit is. */
function here(): usize {
  return next - <usize>((bitCount + 7) >> 3);
}

/** Loads bits: there are 56 at least then. */
function refill(): void {
  bits |= load<u64>(next) << bitCount;
  next += (63 - bitCount) >> 3;
  bitCount |= 56;
}

function take(count: i32): i32 {
  const taken = <i32>(bits & ((1 << count) - 1));
  bits >>= count;
  bitCount -= count;
  return taken;
}

function storedBlock(sizeBytes: i32): bool {
  take(bitCount & 7);
  const at = next - <usize>(bitCount >> 3);
  const count = <i32>load<u16>(at);
  if ((count ^ 0xffff) != <i32>load<u16>(at, 2) || seen + count > sizeBytes) return false;
  if (memory.compare(at + 4, input + seen, count) != 0) return false;
  seen += count;
  bits = 0;
  bitCount = 0;
  next = at + 4 + count;
  return true;
}

/** Reads the codes at the beginning of a block. */
function readCodes(): bool {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const lengths = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(lengthsRead, 0, 19);
  for (let index: i32 = 0; index < lengths; index++) {
    refill();
    store<u8>(lengthsRead + unchecked(lengthOrder[index]), <u8>take(3));
  }
  if (!readTable(literalTable, lengthsRead, 19, false)) return false;
  const all = literals + distances;
  for (let index: i32 = 0; index < all;) {
    refill();
    const symbol = symbolOf(literalTable);
    if (symbol < 0) return false;
    if (symbol < 16) {
      store<u8>(lengthsRead + index, <u8>symbol);
      index++;
      continue;
    }
    if (symbol == 16 && index == 0) return false;
    const repeated: u8 = symbol == 16 ? load<u8>(lengthsRead + index - 1) : 0;
    const times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (index + times > all) return false;
    memory.fill(lengthsRead + index, repeated, times);
    index += times;
  }
  if (load<u8>(lengthsRead + endOfBlock) == 0) return false;
  return (
    readTable(literalTable, lengthsRead, literals, true) &&
    readTable(distanceTable, lengthsRead + literals, distances, true)
  );
}

/**
 * Compares what a block unpacks to with the piece. All but long codes is done with what is at hand: this is half of the
 * time that a piece takes.
 */
function codedBlock(sizeBytes: i32): bool {
  const end = input + sizeBytes;
  let at = input + seen;
  let loaded = bits;
  let count = bitCount;
  let from = next;
  for (;;) {
    loaded |= load<u64>(from) << count;
    from += (63 - count) >> 3;
    count |= 56;
    let entry = <i32>load<u16>(literalTable + ((<usize>(loaded & tableMask)) << 1));
    // Three short codes, and what one of them may need beside, fit into what was loaded.
    for (let more: i32 = 0; more < 2 && <u32>(entry - 1) < literalEntries; more++) {
      if (at >= end || <i32>load<u8>(at) != entry >> 4) return false;
      at++;
      loaded >>= entry & 15;
      count -= entry & 15;
      entry = <i32>load<u16>(literalTable + ((<usize>(loaded & tableMask)) << 1));
    }
    let symbol = entry >> 4;
    if (entry != 0) {
      loaded >>= entry & 15;
      count -= entry & 15;
    } else {
      symbol = longSymbol(literalTable, loaded);
      if (symbol < 0) return false;
      loaded >>= longLength;
      count -= longLength;
    }
    if (symbol < endOfBlock) {
      if (at >= end || <i32>load<u8>(at) != symbol) return false;
      at++;
      continue;
    }
    if (symbol == endOfBlock) break;
    if (symbol > 285) return false;
    const lengthMore = unchecked(lengthBits[symbol - 257]);
    const length = <usize>unchecked(lengthBases[symbol - 257]) + <usize>(loaded & ((1 << lengthMore) - 1));
    loaded >>= lengthMore;
    count -= lengthMore;
    loaded |= load<u64>(from) << count;
    from += (63 - count) >> 3;
    count |= 56;
    const place = <i32>load<u16>(distanceTable + ((<usize>(loaded & tableMask)) << 1));
    let code = place >> 4;
    if (place != 0) {
      loaded >>= place & 15;
      count -= place & 15;
    } else {
      code = longSymbol(distanceTable, loaded);
      if (code < 0) return false;
      loaded >>= longLength;
      count -= longLength;
    }
    if (code > 29) return false;
    const distanceMore = unchecked(distanceBits[code]);
    const distance = <usize>unchecked(distanceBases[code]) + <usize>(loaded & ((1 << distanceMore) - 1));
    loaded >>= distanceMore;
    count -= distanceMore;
    if (distance > at - input || distance > windowBytes || at + length > end) return false;
    // What comes out is what is in the piece, up to here and so further on.
    if (!isSame(at, at - distance, length)) return false;
    at += length;
  }
  seen = <i32>(at - input);
  bits = loaded;
  bitCount = count;
  next = from;
  return true;
}

/** Whether the bytes from two addresses on are the same. There are some behind that may be looked at. */
function isSame(here: usize, there: usize, count: usize): bool {
  let at: usize = 0;
  for (; at + 16 < count; at += 16) {
    if (v128.any_true(v128.xor(v128.load(here + at), v128.load(there + at)))) return false;
  }
  const rest = <i32>(count - at);
  const equal = i8x16.bitmask(i8x16.eq(v128.load(here + at), v128.load(there + at)));
  return (~equal & ((1 << rest) - 1)) == 0;
}

/** The symbol whose code comes next; -1 where there is no such code. */
function symbolOf(table: usize): i32 {
  const entry = <i32>load<u16>(table + ((<usize>(bits & tableMask)) << 1));
  if (entry != 0) {
    take(entry & 15);
    return entry >> 4;
  }
  const symbol = longSymbol(table, bits);
  if (symbol >= 0) take(longLength);
  return symbol;
}

/** How long the code was that `longSymbol` found last. */
let longLength: i32 = 0;

/** The symbol whose code the next bits are; -1 where there is none. */
function longSymbol(table: usize, loaded: u64): i32 {
  let code: i32 = 0;
  let first: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= longestCode; length++) {
    code |= <i32>((loaded >> (length - 1)) & 1);
    const count = symbolCounts(table, length);
    if (code - count < first) {
      longLength = length;
      return symbolsInOrder(table, index + code - first);
    }
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}
