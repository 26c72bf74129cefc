import { isBlank, unitAt } from "./change-units";
import { key, keyEnd, row } from "./memory";

/** Multipliers of MurmurHash3 (Austin Appleby, public domain). */
const first: i32 = 0x239b961b;
const second: i32 = <i32>0xab0e9789;
const third: i32 = 0x38b34ae5;

/** What separates the parts of a key; see normalizeKey. */
const separator: i32 = 0x1f;

let end: usize = 0;
let parts: i32 = 0;

export function beginKey(): void {
  end = key;
  parts = 0;
}

/**
 * Adds the units of the rows from number `from` up to `to` to the key of the row under construction, as its next part: in
 * the form that normalizeKey gives them, unless they are `normal` already. Returns false, and adds nothing, where there
 * is no room for them, or where they are not normal and not ASCII: then only normalizeKey knows what becomes of them.
 */
export function addKeyPart(from: i32, to: i32, normal: bool): bool {
  return addUnits(row + ((<usize>from) << 1), row + ((<usize>to) << 1), normal);
}

/** The same of the units between two addresses. */
export function addUnits(from: usize, to: usize, normal: bool): bool {
  const begun = end;
  // Beside the separator, room for what makes the number of units even.
  if (end + (to - from) + 4 > keyEnd) return false;
  if (parts > 0) {
    store<u16>(end, <u16>separator);
    end += 2;
  }
  if (!normal) {
    while (from < to && isBlank(unitAt(from))) from += 2;
    while (to > from && isBlank(unitAt(to - 2))) to -= 2;
  }
  for (let at = from; at < to; at += 2) {
    let unit = unitAt(at);
    if (!normal) {
      if (unit >= 0x80) {
        end = begun;
        return false;
      }
      if (unit >= 0x41 && unit <= 0x5a) unit += 0x20;
    }
    store<u16>(end, <u16>unit);
    end += 2;
  }
  parts++;
  return true;
}

/** The hash that TextHash makes of the key: the high half in the low bits, so that it stands first in memory. */
export function hashOfKey(): u64 {
  const length = <i32>((end - key) >> 1);
  let a = length;
  let b = length;
  if ((length & 1) != 0) store<u16>(end, 0);
  for (let at = key; at < end; at += 4) {
    const units = load<i32>(at);
    a ^= rotl<i32>(units * first, 15) * second;
    a = (rotl<i32>(a, 19) + b) * 5 + 0x561ccd1b;
    b ^= rotl<i32>(units * second, 16) * third;
    b = (rotl<i32>(b, 17) + a) * 5 + 0x0bcaa747;
  }
  a += b;
  b += a;
  a = mixed(a);
  b = mixed(b);
  a += b;
  b += a;
  return (<u64>(<u32>a)) | ((<u64>(<u32>b)) << 32);
}

/** Lets every bit of a hash depend on every other. */
function mixed(bits: i32): i32 {
  let h = <u32>bits;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return <i32>(h ^ (h >>> 16));
}
