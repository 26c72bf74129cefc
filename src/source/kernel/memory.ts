/*
 * Where things stand in the memory of the kernel; src/source/byte-kernel.ts lays it out. All addresses are in bytes.
 */

/** What a call tells beside its result, as 32-bit numbers; the order is that of `told` in byte-kernel.ts. */
export const rowLengthAt = 0;
export const cellStartAt = 4;
export const cellClassesAt = 8;
export const fieldsAt = 12;
export const troubleAt = 16;

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
/** Five numbers a record; see FieldIndex. */
export let records: usize = 0;
export let recordsEnd: usize = 0;
/** What is to be done for each cell of a row; see copy-cells.ts. */
export let program: usize = 0;
/** The row under construction, as UTF-16 code units. */
export let row: usize = 0;
export let rowEnd: usize = 0;

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

export function placeRow(classesAt: usize, programAt: usize, rowAt: usize, end: usize): void {
  classes = classesAt;
  program = programAt;
  row = rowAt;
  rowEnd = end;
}
