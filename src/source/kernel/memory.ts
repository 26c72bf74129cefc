/*
 * Where things stand in the memory of the kernel; src/source/byte-kernel.ts lays it out. All addresses are in bytes.
 */

/** What a call tells beside its result, as 32-bit numbers; the order is that of `told` in byte-kernel.ts. */
export const rowLengthAt = 0;
export const cellStartAt = 4;
export const cellClassesAt = 8;
export const fieldsAt = 12;
export const troubleAt = 16;
export const recordAt = 20;

/**
 * Bytes of a record in `records`: eight 32-bit numbers. What find-fields.ts found, which FieldIndex names; then of its row
 * the units up to its end, and the two halves of the hash of its key.
 */
export const recordBytes: usize = 32;
export const firstFieldOffset: usize = 12;
export const rowEndOffset: usize = 20;
export const keyHashOffset: usize = 24;

/** Vectors are loaded whole: so many bytes behind a stretch may be looked at, or written over. */
export const slackBytes = 32;

/** The classes of all units; see UnitClasses. */
export let classes: usize = 0;
/** The window; see csv-scanner.ts. */
export let window: usize = 0;
/** The offsets of all marks of the window, a 32-bit number each; see list-marks.ts. */
export let marks: usize = 0;
export let marksEnd: usize = 0;
/** Two numbers a field; see FieldIndex. */
export let bounds: usize = 0;
export let boundsEnd: usize = 0;
/** See `recordBytes`. */
export let records: usize = 0;
export let recordsEnd: usize = 0;
/** What is to be done for each cell of a row; see copy-cells.ts. */
export let program: usize = 0;
/** The parts of the key of a row; see row-key.ts. */
export let key: usize = 0;
export let keyEnd: usize = 0;
/** Rows, one behind the other, as UTF-16 code units. */
export let row: usize = 0;
export let rowEnd: usize = 0;
/** Rows as UTF-8; there is room for all that fit between `row` and `rowEnd`. */
export let encoded: usize = 0;

/** Each of these areas ends where the next one begins. */
export function placeWindow(
  windowAt: usize,
  marksAt: usize,
  boundsAt: usize,
  recordsAt: usize,
  end: usize,
): void {
  window = windowAt;
  marks = marksAt;
  marksEnd = boundsAt;
  bounds = boundsAt;
  boundsEnd = recordsAt;
  records = recordsAt;
  recordsEnd = end;
}

export function placeRow(
  classesAt: usize,
  programAt: usize,
  keyAt: usize,
  keyEndsAt: usize,
  rowAt: usize,
  end: usize,
): void {
  classes = classesAt;
  program = programAt;
  key = keyAt;
  keyEnd = keyEndsAt;
  row = rowAt;
  rowEnd = end;
  encoded = end;
}
