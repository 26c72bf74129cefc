import { row, rowEnd } from "./memory";

/*
 * What became of values that somebody else wrote: codes, dates and currencies come again and again. Each cell has slots
 * of its own; a slot has the length of the value in the source plus one (0: it is free), the units of the result and
 * their classes, a byte each; then the bytes of the value, and the units. Of values with the same place the later one
 * stays.
 */
const slots: i32 = 512;
const slotBytes: usize = 128;
const valueOffset: usize = 8;
const longestValue: i32 = 32;
const resultOffset: usize = 40;
const longestResult: usize = 44;

/** The classes of the units of the result that was found last. */
export let recalledClasses: i32 = 0;

/** The slot of the value that was not found last, and where that is; 0: it is not to be remembered. */
let missed: usize = 0;
let missedFrom: usize = 0;
let missedLength: i32 = 0;

/** Nothing was asked for yet, or what was is not to be remembered. */
export function forgetMissed(): void {
  missed = 0;
}

/**
 * Writes what became of the value whose `length` bytes begin at an address; returns the address behind it, or 0 where that
 * is not known. `memo`: where the slots of the cell begin.
 */
export function recall(memo: usize, from: usize, length: i32, to: usize): usize {
  missed = 0;
  if (length > longestValue || to + (longestResult << 1) > rowEnd) return 0;
  let hash = length;
  for (let at: i32 = 0; at < length; at++) hash = (hash ^ (<i32>load<u8>(from + at))) * 0x01000193;
  const slot = memo + <usize>((hash ^ (hash >>> 15)) & (slots - 1)) * slotBytes;
  if (<i32>load<u8>(slot) != length + 1 || memory.compare(slot + valueOffset, from, <usize>length) != 0) {
    missed = slot;
    missedFrom = from;
    missedLength = length;
    return 0;
  }
  const units = <usize>load<u8>(slot, 1);
  memory.copy(to, slot + resultOffset, units << 1);
  recalledClasses = <i32>load<u8>(slot, 2);
  return to + (units << 1);
}

/** Remembers what became of the value that was not found last: the units of the rows from number `from` up to `to`. */
export function remember(from: i32, to: i32, classes: i32): void {
  const units = <usize>(to - from);
  if (missed == 0 || units > longestResult) return;
  store<u8>(missed, <u8>(missedLength + 1));
  store<u8>(missed, <u8>units, 1);
  store<u8>(missed, <u8>classes, 2);
  memory.copy(missed + valueOffset, missedFrom, <usize>missedLength);
  memory.copy(missed + resultOffset, row + ((<usize>from) << 1), units << 1);
  missed = 0;
}
