import { output } from "./memory";

/** Where the next whole byte goes, and bits that are no whole byte yet, the first of them lowest. */
export let to: usize = output;
export let held: u64 = 0;
export let heldCount: u64 = 0;

export function beginBits(): void {
  goOn(output, 0, 0);
}

/** Takes up where somebody else wrote on. */
export function goOn(at: usize, bits: u64, count: u64): void {
  to = at;
  held = bits;
  heldCount = count;
}

/** Appends the lowest bits of a value; at most 32. */
export function putBits(value: u32, count: u32): void {
  held |= (<u64>value) << heldCount;
  heldCount += count;
  store<u64>(to, held);
  to += <usize>(heldCount >> 3);
  held >>= heldCount & ~7;
  heldCount &= 7;
}

/** Ends at a byte border, with an empty stored block (RFC 1951, 3.2.4): what zlib calls a sync flush. */
export function endPiece(): void {
  putBits(0, 3);
  if (heldCount > 0) to++;
  store<u32>(to, 0xffff0000);
  goOn(to + 4, 0, 0);
}

/** Bytes that were written. */
export function writtenBytes(): i32 {
  return <i32>(to - output);
}
