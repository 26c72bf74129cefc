import { copyCells, noRoom } from "./copy-cells";
import {
  firstFieldOffset,
  keyHashOffset,
  recordAt,
  recordBytes,
  records,
  row,
  rowEnd,
  rowEndOffset,
  rowLengthAt,
  slackBytes,
} from "./memory";
import { beginKey, hashOfKey } from "./row-key";

/** Two quotes, and the end of a row: pairs of units. */
const emptyQuotes: i32 = 0x00220022;
const lineEnd: i32 = 0x000a000d;

/** Where the row under construction begins. */
let begun: usize = 0;

/**
 * Writes the rows of records, from number `record` up to `behind`, behind the `length` units that there are. In the first
 * of them it begins with number `cell` of the `cells` cells: what stands before it is written. Returns -1 when all are
 * written, or where it stopped: four times the number of the cell, plus why. The record whose row that is, and how
 * many units there are, is told. Of each row that is whole, its end and the hash of its key stand with its record.
 */
export function copyRows(record: i32, behind: i32, cell: i32, cells: i32, length: i32, delimiter: i32): i32 {
  let units = length;
  for (; record < behind; record++) {
    const entry = records + <usize>record * recordBytes;
    if (cell == 0) {
      begun = row + ((<usize>units) << 1);
      beginKey();
    }
    const stop = copyCells(cell, cells, load<i32>(entry, firstFieldOffset), units, delimiter);
    units = load<i32>(rowLengthAt);
    store<i32>(recordAt, record);
    if (stop >= 0) return stop;
    let to = row + ((<usize>units) << 1);
    if (to + slackBytes > rowEnd) return (cells << 2) | noRoom;
    // A blank line is not allowed; see delimitedFormat.
    if (to == begun) {
      store<i32>(to, emptyQuotes);
      to += 4;
    }
    store<i32>(to, lineEnd);
    units = <i32>((to + 4 - row) >> 1);
    store<i32>(entry, units, rowEndOffset);
    store<u64>(entry, hashOfKey(), keyHashOffset);
    cell = 0;
  }
  store<i32>(rowLengthAt, units);
  return -1;
}
