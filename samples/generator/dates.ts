/** A day of the calendar as the extracts write it in several ways. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const two = (number: number): string => String(number).padStart(2, "0");

/** `31.01.2024` */
export function germanDate({ year, month, day }: Day): string {
  return `${two(day)}.${two(month)}.${year}`;
}

/** `2024-01-31` */
export function isoDate({ year, month, day }: Day): string {
  return `${year}-${two(month)}-${two(day)}`;
}

/** `20240131` */
export function compactDate({ year, month, day }: Day): string {
  return `${year}${two(month)}${two(day)}`;
}
