import { unitAt } from "./change-units";
import { encoded, row } from "./memory";

/** U+FFFD, which stands for half of a surrogate pair, as Node writes it. */
const replacement: i32 = 0xfffd;

/**
 * Writes the units of the rows, from number `from` up to `to`, behind so many bytes where encoded rows have room: as
 * UTF-8, or as they are. Returns how many bytes stand there then. What is ASCII is written sixteen units at a time.
 */
export function encodeRows(from: i32, to: i32, behind: i32, asUtf8: bool): i32 {
  let at = row + ((<usize>from) << 1);
  const end = row + ((<usize>to) << 1);
  let out = encoded + behind;
  if (!asUtf8) {
    memory.copy(out, at, end - at);
    return behind + <i32>(end - at);
  }
  while (at < end) {
    while (at + 32 <= end) {
      const low = v128.load(at);
      const high = v128.load(at, 16);
      if (v128.any_true(v128.and(v128.or(low, high), i16x8.splat(<i16>0xff80)))) break;
      v128.store(out, i8x16.narrow_i16x8_u(low, high));
      at += 32;
      out += 16;
    }
    // The units up to the next that are sixteen of ASCII; at the end of the rows there may be fewer.
    for (let left: i32 = 16; left > 0 && at < end; left--) {
      let point = unitAt(at);
      at += 2;
      if ((point & 0xf800) == 0xd800) {
        const next = at < end ? unitAt(at) : 0;
        if (point < 0xdc00 && (next & 0xfc00) == 0xdc00) {
          point = 0x10000 + ((point - 0xd800) << 10) + (next - 0xdc00);
          at += 2;
        } else point = replacement;
      }
      out = put(point, out);
    }
  }
  return <i32>(out - encoded);
}

function put(point: i32, to: usize): usize {
  if (point < 0x80) {
    store<u8>(to, <u8>point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, <u8>(0xc0 | (point >> 6)));
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (point >> 12)));
    store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (point >> 18)));
  store<u8>(to, <u8>(0x80 | ((point >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (point & 0x3f)), 3);
  return to + 4;
}
