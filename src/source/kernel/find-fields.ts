import { listMarks } from "./list-marks";
import {
  bounds,
  boundsEnd,
  fieldsAt,
  marks,
  recordBytes,
  records,
  recordsEnd,
  troubleAt,
  window,
} from "./memory";

const lineFeed: i32 = 10;
const carriageReturn: i32 = 13;

/** Bytes of a field in `bounds`. */
const fieldBytes: usize = 8;

/** The values of QuoteTrouble, in the order of `troubles` in byte-kernel.ts. */
const textAfterQuote: i32 = 1;
const quoteInValue: i32 = 2;
const quoteNotClosed: i32 = 3;

/**
 * Finds the records and fields of the window, whose first `length` bytes count; see FieldIndex. As strict as csv-parse:
 * a quote may stand only at the beginning of a field, doubled inside a quoted one, or before a delimiter or the end
 * of the record. Returns the number of records, or -1 where there is no room for all of them. `quote`: -1 where the
 * file knows none.
 *
 * `mark` is always the first mark at or behind `at`, or the length of the window; `next` is where the one after it is
 * listed.
 */
export function findFields(length: i32, delimiter: i32, quote: i32, lineEnd: i32): i32 {
  if (!listMarks(length, delimiter, quote, lineEnd)) return -1;
  const mayBeCrlf = lineEnd == lineFeed;
  let mark = load<i32>(marks);
  let next = marks + 4;
  let field = bounds;
  let record = records;
  let at: i32 = 0;
  let trouble: i32 = 0;
  while (at < length) {
    // Blank lines.
    if (at == mark && byteAt(at) == lineEnd) {
      at++;
      mark = load<i32>(next);
      next += 4;
      continue;
    }
    if (mayBeCrlf && isCrlf(at, mark, length)) {
      at++;
      continue;
    }
    if (record + recordBytes > recordsEnd) return -1;
    const start = at;
    const firstField = field;
    let lines: i32 = 0;
    for (;;) {
      if (field + fieldBytes > boundsEnd) return -1;
      let from = at;
      let end: i32;
      if (mark == at && mark < length && byteAt(mark) == quote) {
        from = at + 1;
        let doubled: i32 = 0;
        for (;;) {
          mark = load<i32>(next);
          next += 4;
          if (mark == length) {
            trouble = quoteNotClosed;
            break;
          }
          const byte = byteAt(mark);
          if (byte == lineEnd) lines++;
          if (byte != quote) continue;
          // The second of two quotes is the next mark.
          if (load<i32>(next) != mark + 1 || mark + 1 == length || byteAt(mark + 1) != quote) break;
          doubled = 1;
          next += 4;
        }
        if (trouble != 0) break;
        end = (mark << 1) | doubled;
        at = mark + 1;
        mark = load<i32>(next);
        next += 4;
        if (mayBeCrlf && isCrlf(at, mark, length)) at++;
        if (at != mark) {
          trouble = textAfterQuote;
          break;
        }
      } else {
        if (mark < length && byteAt(mark) == quote) {
          trouble = quoteInValue;
          break;
        }
        at = mark;
        end = mark << 1;
        if (mayBeCrlf && at > from && isCrlf(at - 1, mark, length)) end -= 2;
      }
      store<i32>(field, from);
      store<i32>(field, end, 4);
      field += fieldBytes;
      if (at == length) break;
      const ended = byteAt(at) == lineEnd;
      at++;
      mark = load<i32>(next);
      next += 4;
      if (ended) {
        lines++;
        break;
      }
    }
    if (trouble != 0) {
      field = firstField;
      break;
    }
    store<i32>(record, start);
    store<i32>(record, at, 4);
    store<i32>(record, lines, 8);
    store<i32>(record, <i32>((firstField - bounds) / fieldBytes), 12);
    store<i32>(record, beyondAscii(start, at) ? 0x80 : 0, 16);
    record += recordBytes;
  }
  store<i32>(fieldsAt, <i32>((field - bounds) / fieldBytes));
  store<i32>(troubleAt, trouble);
  return <i32>((record - records) / recordBytes);
}

/** Whether a carriage return stands at an offset and the mark behind it is a line feed. */
function isCrlf(at: i32, mark: i32, length: i32): bool {
  return at + 1 == mark && mark < length && byteAt(at) == carriageReturn && byteAt(mark) == lineFeed;
}

function byteAt(offset: i32): i32 {
  return <i32>load<u8>(window + offset);
}

/** Whether there is a byte outside ASCII from one offset up to another, which is behind it. */
function beyondAscii(from: i32, to: i32): bool {
  let all = i8x16.splat(0);
  let at = from;
  for (; at + 16 <= to; at += 16) all = v128.or(all, v128.load(window + at));
  if (i8x16.bitmask(all) != 0) return true;
  const rest = to - at;
  return rest > 0 && (i8x16.bitmask(v128.load(window + at)) & ((1 << rest) - 1)) != 0;
}
