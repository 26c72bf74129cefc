import { rowEnd } from "./memory";

/*
 * A step: nine 32-bit numbers, the kind and what stands for it in row-program.ts. The kind 0 is the end.
 */
const stepBytes: usize = 36;
const trim: i32 = 1;
const upper: i32 = 2;
const lower: i32 = 3;
const padStart: i32 = 4;
const defaultValue: i32 = 5;
const decimal: i32 = 6;
const date: i32 = 7;

const zero: i32 = 0x30;
export const minus: i32 = 0x2d;
export const point: i32 = 0x2e;
/** Units of `2011-01-31`. */
const canonicalDate: usize = 10;

/**
 * Does the steps from `step` on to the value between two addresses. Returns the address behind what became of it; 0 where
 * a step does not know what to do with it.
 */
export function changeUnits(step: usize, from: usize, end: usize): usize {
  let behind = end;
  for (; behind != 0; step += stepBytes) {
    const kind = load<i32>(step);
    if (kind == 0) return behind;
    if (kind == defaultValue) {
      if (behind == from) behind = put(load<u32>(step, 4), load<i32>(step, 8), from);
    } else if (behind == from) continue;
    else if (kind == trim) behind = trimmed(from, behind, load<i32>(step, 4), load<i32>(step, 8));
    else if (kind == upper) behind = changeCase(from, behind, 0x61, -0x20);
    else if (kind == lower) behind = changeCase(from, behind, 0x41, 0x20);
    else if (kind == padStart) behind = padded(from, behind, load<i32>(step, 4), load<i32>(step, 8));
    else if (kind == decimal)
      behind = decimalOf(from, behind, load<i32>(step, 4), load<i32>(step, 8), load<i32>(step, 12));
    else if (kind == date) behind = dateOf(step, from, behind);
    else return 0;
  }
  return behind;
}

export function unitAt(at: usize): i32 {
  return <i32>load<u16>(at);
}

/** Units of white space among ASCII, as `trim` of JavaScript knows them. */
export function isBlank(unit: i32): bool {
  return unit == 0x20 || (unit >= 9 && unit <= 13);
}

export function isDigit(unit: i32): bool {
  return unit >= zero && unit <= zero + 9;
}

/** Appends units that stand elsewhere. */
export function put(units: usize, length: i32, to: usize): usize {
  const sizeBytes = (<usize>length) << 1;
  if (to + sizeBytes > rowEnd) return 0;
  memory.copy(to, units, sizeBytes);
  return to + sizeBytes;
}

function trimmed(from: usize, end: usize, atStart: i32, atEnd: i32): usize {
  let first = from;
  let behind = end;
  if (atEnd != 0) {
    while (behind > from && isBlank(unitAt(behind - 2))) behind -= 2;
    // Beyond ASCII there are more blanks than are told apart here.
    if (behind > from && unitAt(behind - 2) >= 0x80) return 0;
  }
  if (atStart != 0) {
    while (first < behind && isBlank(unitAt(first))) first += 2;
    if (first < behind && unitAt(first) >= 0x80) return 0;
  }
  if (first > from) memory.copy(from, first, behind - first);
  return from + (behind - first);
}

/** Adds `by` to the 26 letters from `first` on. */
function changeCase(from: usize, end: usize, first: i32, by: i32): usize {
  for (let at = from; at < end; at += 2) {
    const unit = unitAt(at);
    if (<u32>(unit - first) < 26) store<u16>(at, <u16>(unit + by));
    else if (unit >= 0x80) return 0;
  }
  return end;
}

function padded(from: usize, end: usize, length: i32, unit: i32): usize {
  const behind = from + ((<usize>length) << 1);
  if (end >= behind) return end;
  if (behind > rowEnd) return 0;
  const moved = behind - (end - from);
  memory.copy(moved, from, end - from);
  for (let at = from; at < moved; at += 2) store<u16>(at, <u16>unit);
  return behind;
}

function decimalOf(from: usize, behind: usize, separator: i32, thousands: i32, scale: i32): usize {
  if (behind + ((<usize>max(scale, 0) + 2) << 1) > rowEnd) return 0;
  if (unitAt(behind - 2) == minus && unitAt(from) != minus) {
    // SAP writes its minus behind.
    memory.copy(from + 2, from, behind - from - 2);
    store<u16>(from, <u16>minus);
  }
  const first = unitAt(from) == minus ? from + 2 : from;
  const end = behindWhole(first, behind, thousands);
  if (end == 0) return 0;
  // What is written never overtakes what is read: separators go, and digits are only moved towards the beginning.
  let to = first;
  for (let at = first; at < end; at += 2) {
    const unit = unitAt(at);
    if (unit == thousands) continue;
    store<u16>(to, <u16>unit);
    to += 2;
  }
  let behindZeros = first;
  while (behindZeros + 2 < to && unitAt(behindZeros) == zero) behindZeros += 2;
  if (behindZeros > first) {
    memory.copy(first, behindZeros, to - behindZeros);
    to -= behindZeros - first;
  }
  let digits: i32 = 0;
  if (end < behind) {
    digits = <i32>((behind - end) >> 1) - 1;
    if (unitAt(end) != separator || digits == 0 || (scale >= 0 && digits > scale)) return 0;
    store<u16>(to, <u16>point);
    to += 2;
    for (let at = end + 2; at < behind; at += 2) {
      const unit = unitAt(at);
      if (!isDigit(unit)) return 0;
      store<u16>(to, <u16>unit);
      to += 2;
    }
  }
  if (digits < scale && digits == 0) {
    store<u16>(to, <u16>point);
    to += 2;
  }
  for (; digits < scale; digits++) {
    store<u16>(to, <u16>zero);
    to += 2;
  }
  return first == from || hasDigitBeyondZero(first, to) ? to : 0;
}

/** The address behind the digits in front of the decimal separator; 0 where they are not grouped in threes, or none. */
function behindWhole(first: usize, behind: usize, thousands: i32): usize {
  let groups: i32 = 0;
  let inGroup: i32 = 0;
  let at = first;
  for (; at < behind; at += 2) {
    const unit = unitAt(at);
    if (isDigit(unit)) inGroup++;
    else if (unit == thousands) {
      if (groups == 0 ? inGroup < 1 || inGroup > 3 : inGroup != 3) return 0;
      groups++;
      inGroup = 0;
    } else break;
  }
  return inGroup == 0 || (groups > 0 && inGroup != 3) ? 0 : at;
}

/** A zero has no sign. */
function hasDigitBeyondZero(from: usize, end: usize): bool {
  for (let at = from; at < end; at += 2) {
    const unit = unitAt(at);
    if (unit > zero && isDigit(unit)) return true;
  }
  return false;
}

function dateOf(step: usize, from: usize, end: usize): usize {
  const length = <usize>load<i32>(step, 4);
  if (end - from != length << 1) return 0;
  for (let mark: usize = 20; mark <= 28; mark += 8) {
    const at = load<i32>(step + mark);
    if (at >= 0 && unitAt(from + ((<usize>at) << 1)) != load<i32>(step + mark, 4)) return 0;
  }
  const year = numberOf(from + ((<usize>load<i32>(step, 8)) << 1), 4);
  const month = numberOf(from + ((<usize>load<i32>(step, 12)) << 1), 2);
  const day = numberOf(from + ((<usize>load<i32>(step, 16)) << 1), 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 0;
  if (from + (canonicalDate << 1) > rowEnd) return 0;
  putNumber(from, 4, year);
  store<u16>(from, <u16>minus, 8);
  putNumber(from + 10, 2, month);
  store<u16>(from, <u16>minus, 14);
  putNumber(from + 16, 2, day);
  return from + (canonicalDate << 1);
}

/** The number that so many digits make; -1 where one of the units is no digit. */
export function numberOf(at: usize, digits: i32): i32 {
  let value: i32 = 0;
  for (let index: i32 = 0; index < digits; index++) {
    const unit = unitAt(at + ((<usize>index) << 1));
    if (!isDigit(unit)) return -1;
    value = value * 10 + unit - zero;
  }
  return value;
}

function putNumber(at: usize, digits: i32, value: i32): void {
  let left = value;
  for (let index = digits - 1; index >= 0; index--) {
    store<u16>(at + ((<usize>index) << 1), <u16>(zero + (left % 10)));
    left /= 10;
  }
}

function daysIn(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
