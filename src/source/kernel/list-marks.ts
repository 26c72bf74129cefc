import { marks, marksEnd, slackBytes, window } from "./memory";

/**
 * Lists the offsets of all bytes of the window that mean something in a CSV file: delimiters, quotes (-1: the file
 * knows none), line ends. Behind them stands the length. Sixteen bytes are compared at a time; a tenth of an ordinary
 * file are marks. Returns false where there is no room for all of them.
 */
export function listMarks(length: i32, delimiter: i32, quote: i32, lineEnd: i32): bool {
  const delimiters = i8x16.splat(<i8>delimiter);
  const quotes = i8x16.splat(<i8>(quote < 0 ? delimiter : quote));
  const lineEnds = i8x16.splat(<i8>lineEnd);
  let to = marks;
  for (let base: i32 = 0; base < length; base += 16) {
    if (to + 4 * slackBytes > marksEnd) return false;
    const bytes = v128.load(window + base);
    let mask = i8x16.bitmask(
      v128.or(i8x16.eq(bytes, lineEnds), v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, quotes))),
    );
    if (base + 16 > length) mask &= (1 << (length - base)) - 1;
    for (; mask != 0; mask &= mask - 1) {
      store<i32>(to, base + ctz(mask));
      to += 4;
    }
  }
  store<i32>(to, length);
  return true;
}
