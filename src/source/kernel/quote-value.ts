import { unitAt } from "./change-units";
import { row, rowEnd, slackBytes } from "./memory";

/** The class of units that are quotes; see unitClass. */
const quoteClass: i32 = 2;
const quote: i32 = 0x22;

/**
 * Puts the value at the end of the rows, from unit number `from` up to `to`, into quotes, those in it doubled. `seen`: the
 * classes of its units. Returns how many units there are then; -1 where there is no room.
 */
export function quoteValue(from: i32, to: i32, seen: i32): i32 {
  const end = quoted(row + ((<usize>from) << 1), row + ((<usize>to) << 1), seen);
  return end == 0 ? -1 : <i32>((end - row) >> 1);
}

/** The same of the value between two addresses; returns the address behind it, or 0. */
export function quoted(from: usize, end: usize, seen: i32): usize {
  let quotes: usize = 0;
  if ((seen & quoteClass) != 0) {
    for (let at = from; at < end; at += 2) if (unitAt(at) == quote) quotes++;
  }
  const behind = end + ((quotes + 2) << 1);
  if (behind + slackBytes > rowEnd) return 0;
  if (quotes == 0) memory.copy(from + 2, from, end - from);
  else {
    let to = behind - 2;
    // From the end, so that nothing is overwritten that is still to be moved.
    for (let at = end; at > from;) {
      at -= 2;
      to -= 2;
      const unit = load<u16>(at);
      store<u16>(to, unit);
      if (<i32>unit == quote) {
        to -= 2;
        store<u16>(to, unit);
      }
    }
  }
  store<u16>(from, <u16>quote);
  store<u16>(behind - 2, <u16>quote);
  return behind;
}
