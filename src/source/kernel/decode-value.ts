/** The charset of the window, in the order of `charsets` in byte-kernel.ts. */
let charset: i32 = 0;
const utf8: i32 = 0;
const windows1252: i32 = 1;

/** Where the 32 units stand that windows-1252 has for the bytes from 0x80 on. */
let letters: usize = 0;

export function setCharset(kind: i32, lettersAt: usize): void {
  charset = kind;
  letters = lettersAt;
}

/**
 * Writes the bytes of a value as units, from its first that is not ASCII on. What stands before it is written already,
 * and it is known to be text in the charset. Returns the address behind the units.
 */
export function decodeFrom(from: usize, end: usize, to: usize): usize {
  if (charset != utf8) {
    for (let at = from; at < end; at++, to += 2) {
      const byte = <usize>load<u8>(at);
      const isLetter = charset == windows1252 && byte >= 0x80 && byte < 0xa0;
      store<u16>(to, isLetter ? load<u16>(letters + ((byte - 0x80) << 1)) : <u16>byte);
    }
    return to;
  }
  for (let at = from; at < end;) {
    const byte = <i32>load<u8>(at);
    if (byte < 0x80) {
      store<u16>(to, <u16>byte);
      at += 1;
    } else if (byte < 0xe0) {
      store<u16>(to, <u16>(((byte & 0x1f) << 6) | rest(at, 1)));
      at += 2;
    } else if (byte < 0xf0) {
      store<u16>(to, <u16>(((byte & 0x0f) << 12) | (rest(at, 1) << 6) | rest(at, 2)));
      at += 3;
    } else {
      const point = ((byte & 0x07) << 18) | (rest(at, 1) << 12) | (rest(at, 2) << 6) | rest(at, 3);
      store<u16>(to, <u16>(0xd800 + ((point - 0x10000) >> 10)));
      to += 2;
      store<u16>(to, <u16>(0xdc00 + (point & 0x3ff)));
      at += 4;
    }
    to += 2;
  }
  return to;
}

/** The six bits of a byte that goes on with a character. */
function rest(at: usize, offset: usize): i32 {
  return (<i32>load<u8>(at + offset)) & 0x3f;
}
