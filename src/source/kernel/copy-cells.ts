import { changeUnits, put } from "./change-units";
import { isCertain } from "./check-units";
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

/*
 * A cell of the program: eight 32-bit numbers; see KernelCell. The kind with flags; then for a copied cell the column, the
 * longest value in units, nothing, the address of its steps (0: none), its check, and address and length of the suffix;
 * for a constant the address of its units, their number and their classes.
 */
const cellBytes: usize = 32;
const copied: i32 = 1;
const constant: i32 = 2;
const kindBits: i32 = 3;
const mandatory: i32 = 4;
const wanted: i32 = 8;

/** Why the program stopped at a cell; see `cellStop` in byte-kernel.ts. */
const toBeWritten: i32 = 0;
const toBeAttended: i32 = 1;
const noRoom: i32 = 2;
const notCertain: i32 = 3;

/** The class of units that no format carries; see unitClass. */
const forbidden: i32 = 8;

/** What makes a value stand in quotes, beside the delimiter and line ends. */
const quote: i32 = 0x22;

/**
 * Writes cells of a row, from number `cell` up to `count`, behind the `length` units that it has. The fields of the record
 * begin with number `field`. Returns -1 when all are written, or where it stopped: four times the number of the
 * cell, plus why. Only values of ASCII are copied here, widened to 16 bits; the others, and those that steps or checks
 * do not know, are to be written by somebody else.
 */
export function copyCells(cell: i32, count: i32, field: i32, length: i32, delimiter: i32): i32 {
  const fields = bounds + ((<usize>field) << 3);
  let to = row + ((<usize>length) << 1);
  for (; cell < count; cell++) {
    const entry = program + <usize>cell * cellBytes;
    const kind = load<i32>(entry);
    let from: usize = 0;
    let units: i32 = 0;
    let known = true;
    if ((kind & kindBits) == copied) {
      const place = fields + ((<usize>load<i32>(entry, 4)) << 3);
      const start = load<i32>(place);
      const end = load<i32>(place, 4);
      from = window + start;
      units = (end >> 1) - start;
      // Of doubled quotes one is too many.
      known = (end & 1) == 0;
    } else if ((kind & kindBits) == constant) {
      from = load<u32>(entry, 4);
      units = load<i32>(entry, 8);
    } else known = false;

    if (to + ((<usize>units) << 1) + slackBytes > rowEnd) {
      store<i32>(rowLengthAt, <i32>((to - row) >> 1));
      return (cell << 2) | noRoom;
    }
    if (cell > 0) {
      store<u16>(to, <u16>delimiter);
      to += 2;
    }
    const begun = to;
    let seen: i32 = 0;
    if (known) {
      if ((kind & kindBits) == constant) {
        to = put(from, units, to);
        seen = load<i32>(entry, 12);
      } else {
        const special = widen(from, units, to, delimiter);
        const steps = <usize>load<i32>(entry, 16);
        let end = to + ((<usize>units) << 1);
        if (special && isBeyondAscii(to, end)) end = 0;
        else if (steps != 0) end = changeUnits(steps, to, end);
        if (end == begun) {
          if ((kind & mandatory) != 0) return (cell << 2) | notCertain;
        } else if (end != 0) {
          const suffixUnits = load<i32>(entry, 28);
          const changed = steps != 0 || suffixUnits != 0;
          if (<i32>((end - begun) >> 1) > load<i32>(entry, 8) || !isCertain(load<i32>(entry, 20), begun, end))
            end = 0;
          else if (suffixUnits != 0) end = put(<usize>load<u32>(entry, 24), suffixUnits, end);
          if (end != 0 && (special || changed)) seen = classesOf(begun, end);
          if ((seen & forbidden) != 0) return (cell << 2) | notCertain;
        }
        if (end == 0) known = false;
        else to = end;
      }
      if (known && seen == 0 && (kind & wanted) == 0) continue;
    }
    store<i32>(rowLengthAt, <i32>((to - row) >> 1));
    store<i32>(cellStartAt, <i32>((begun - row) >> 1));
    store<i32>(cellClassesAt, seen);
    return (cell << 2) | (known ? toBeAttended : toBeWritten);
  }
  store<i32>(rowLengthAt, <i32>((to - row) >> 1));
  return -1;
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

function isBeyondAscii(from: usize, end: usize): bool {
  for (let at = from; at < end; at += 2) if (load<u16>(at) >= 0x80) return true;
  return false;
}

function classesOf(from: usize, end: usize): i32 {
  let seen: i32 = 0;
  for (let at = from; at < end; at += 2) seen |= <i32>load<u8>(classes + <usize>load<u16>(at));
  return seen;
}
