import { row } from "./memory";

/**
 * Writes the row, of `length` units, behind itself with a byte for each unit. Returns the address of the first of them,
 * or 0 where a unit is not ASCII. There must be room for that, and a vector more.
 */
export function narrowRow(length: i32): usize {
  const target = row + ((<usize>length) << 1) + 16;
  let beyond = i16x8.splat(0);
  let at: i32 = 0;
  for (; at + 16 <= length; at += 16) {
    const low = v128.load(row + ((<usize>at) << 1));
    const high = v128.load(row + ((<usize>at) << 1), 16);
    beyond = v128.or(beyond, v128.or(low, high));
    v128.store(target + at, i8x16.narrow_i16x8_u(low, high));
  }
  if (v128.any_true(v128.and(beyond, i16x8.splat(<i16>0xff80)))) return 0;
  for (; at < length; at++) {
    const unit = load<u16>(row + ((<usize>at) << 1));
    if (unit >= 0x80) return 0;
    store<u8>(target + at, <u8>unit);
  }
  return target;
}
