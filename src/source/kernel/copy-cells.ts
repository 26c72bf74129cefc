import { changeUnits, put } from "./change-units";
import { isCertain } from "./check-units";
import { decodeFrom } from "./decode-value";
import {
  bounds,
  cellClassesAt,
  cellStartAt,
  classes,
  program,
  row,
  rowEnd,
  rowLengthAt,
  slackBytes,
  window,
} from "./memory";
import { quoted } from "./quote-value";
import { addUnits } from "./row-key";
import { forgetMissed, recall, recalledClasses } from "./value-memo";

/*
 * A cell of the program: eight 32-bit numbers; see KernelCell. The kind with flags; then for a copied cell the column, the
 * longest value in units, the address of its memo (0: none; see value-memo.ts), the address of its steps (0: none), its
 * check, and address and length of the suffix; for a recalled cell the column and, in the same place, the memo; for a
 * constant the address of its units, their number and their classes.
 */
const cellBytes: usize = 32;
const elsewhere: i32 = 0;
const copied: i32 = 1;
const constant: i32 = 2;
const recalled: i32 = 3;
const kindBits: i32 = 3;
const mandatory: i32 = 4;
const wanted: i32 = 8;
const isKey: i32 = 16;
const isText: i32 = 32;

/** Why the program stopped at a cell; see `cellStop` in byte-kernel.ts. */
const toBeWritten: i32 = 0;
const toBeAttended: i32 = 1;
export const noRoom: i32 = 2;
const notCertain: i32 = 3;

/** Classes of units; see unitClass. */
const toBeQuoted: i32 = 1;
const doubtful: i32 = 4;
const forbidden: i32 = 8;

/** What makes a value stand in quotes, beside the delimiter and line ends. */
const quote: i32 = 0x22;

/** What copyValue returns instead of an address: the value is to be written by somebody else, or not certainly right. */
const unknown: usize = 0;
const uncertain: usize = 1;

/** The classes of the units of the value that was written last; see UnitClasses. */
let seen: i32 = 0;

/**
 * Writes cells of a row, from number `cell` up to `count`, behind the `length` units that it has. The fields of the record
 * begin with number `field`. Returns -1 when all are written, or where it stopped: four times the number of the
 * cell, plus why.
 */
export function copyCells(cell: i32, count: i32, field: i32, length: i32, delimiter: i32): i32 {
  const fields = bounds + ((<usize>field) << 3);
  let to = row + ((<usize>length) << 1);
  for (; cell < count; cell++) {
    const entry = program + <usize>cell * cellBytes;
    const flags = load<i32>(entry);
    let kind = flags & kindBits;
    let from: usize = 0;
    let units: i32 = 0;
    forgetMissed();
    if (kind == copied || kind == recalled) {
      const place = fields + ((<usize>load<i32>(entry, 4)) << 3);
      const start = load<i32>(place);
      const end = load<i32>(place, 4);
      from = window + start;
      units = (end >> 1) - start;
      // Of doubled quotes one is too many.
      if ((end & 1) != 0) kind = elsewhere;
    } else if (kind == constant) {
      from = load<u32>(entry, 4);
      units = load<i32>(entry, 8);
    }
    if (to + ((<usize>units) << 1) + slackBytes > rowEnd) return stoppedAt(cell, noRoom, to, to);
    if (cell > 0) {
      store<u16>(to, <u16>delimiter);
      to += 2;
    }
    const begun = to;
    let end = unknown;
    if (kind == copied) end = copyValue(entry, from, units, to, delimiter);
    else if (kind == constant) {
      end = put(from, units, to);
      seen = load<i32>(entry, 12);
    }
    if (end == unknown && kind != elsewhere && kind != constant) {
      const memo = <usize>load<u32>(entry, 12);
      if (memo != 0) end = recall(memo, from, units, to);
      seen = recalledClasses;
    }
    if (end == uncertain) return stoppedAt(cell, notCertain, begun, begun);
    if (end == unknown) return stoppedAt(cell, toBeWritten, begun, begun);
    if ((flags & isKey) != 0 && !addUnits(begun, end, false))
      return stoppedAt(cell, toBeWritten, begun, begun);
    to = end;
    if ((flags & wanted) != 0 || ((seen & doubtful) != 0 && (flags & isText) != 0)) {
      return stoppedAt(cell, toBeAttended, begun, to);
    }
    if ((seen & toBeQuoted) != 0) {
      to = quoted(begun, end, seen);
      if (to == 0) return stoppedAt(cell, noRoom, begun, begun);
    }
  }
  store<i32>(rowLengthAt, <i32>((to - row) >> 1));
  return -1;
}

/** Tells where the value of a cell begins, and how long the row is. */
function stoppedAt(cell: i32, why: i32, begun: usize, to: usize): i32 {
  store<i32>(rowLengthAt, <i32>((to - row) >> 1));
  store<i32>(cellStartAt, <i32>((begun - row) >> 1));
  store<i32>(cellClassesAt, seen);
  return (cell << 2) | why;
}

/**
 * Writes a value as its cell demands; returns the address behind it. Values that steps or checks do not know are for
 * somebody else.
 */
function copyValue(entry: usize, from: usize, units: i32, to: usize, delimiter: i32): usize {
  seen = 0;
  const special = widen(from, units, to, delimiter);
  const steps = <usize>load<i32>(entry, 16);
  let end = to + ((<usize>units) << 1);
  if (special) {
    const beyond = firstBeyondAscii(to, end);
    if (beyond < end) end = decodeFrom(from + ((beyond - to) >> 1), from + <usize>units, beyond);
  }
  if (steps != 0) end = changeUnits(steps, to, end);
  if (end == to) return (load<i32>(entry) & mandatory) == 0 ? end : uncertain;
  if (end == 0) return unknown;
  const tooLong = <i32>((end - to) >> 1) > load<i32>(entry, 8);
  if (tooLong || !isCertain(load<i32>(entry, 20), to, end)) return unknown;
  const suffixUnits = load<i32>(entry, 28);
  if (suffixUnits != 0) end = put(<usize>load<u32>(entry, 24), suffixUnits, end);
  if (end == 0) return unknown;
  if (special || steps != 0 || suffixUnits != 0) seen = classesOf(to, end);
  return (seen & forbidden) == 0 ? end : uncertain;
}

/**
 * Writes bytes as units of 16 bits, sixteen at a time. Returns whether one of them is a control character, the delimiter,
 * a quote or not ASCII: whether it may have a class.
 */
function widen(from: usize, count: i32, to: usize, delimiter: i32): bool {
  const delimiters = i8x16.splat(<i8>delimiter);
  let special: i32 = 0;
  for (let left = count; left > 0; left -= 16) {
    const bytes = v128.load(from);
    v128.store(to, i16x8.extend_low_i8x16_u(bytes));
    v128.store(to, i16x8.extend_high_i8x16_u(bytes), 16);
    // As signed numbers, bytes outside ASCII are less than a blank, too.
    const odd = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.lt_s(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0x7f))),
        v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, i8x16.splat(<i8>quote))),
      ),
    );
    special |= left < 16 ? odd & ((1 << left) - 1) : odd;
    from += 16;
    to += 32;
  }
  return special != 0;
}

/** The address of the first unit that stands for a byte outside ASCII; `end` where there is none. */
function firstBeyondAscii(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<u16>(at) < 0x80) at += 2;
  return at;
}

function classesOf(from: usize, end: usize): i32 {
  let seen: i32 = 0;
  for (let at = from; at < end; at += 2) seen |= <i32>load<u8>(classes + <usize>load<u16>(at));
  return seen;
}
