import { canonicalSecond, secondsOf } from "./calendar.ts";

/** Converts between the clock of a zone and UTC, both as canonical date-times. */
export interface TimeZone {
  /** Undefined for a time the zone's clocks skipped; of a time they showed twice, the first (summer time). */
  toUtc(local: string): string | undefined;
  fromUtc(utc: string): string | undefined;
}

/** Offsets are looked up once for every quarter of an hour: no zone ever changed its clocks within one. */
const bucketSeconds = 900;
/** Distinct quarters that are remembered; then the memory starts anew. */
const maxRemembered = 50_000;

/**
 * The time zone of an IANA name (`Europe/Berlin`), by the tables of the JavaScript engine. Undefined for a name it
 * does not know.
 */
export function timeZone(name: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch {
    return undefined;
  }
  const remembered = new Map<number, number>();
  /** Seconds the zone's clock is ahead of UTC at a moment given in seconds UTC. */
  const offsetAt = (utc: number): number => {
    const bucket = Math.floor(utc / bucketSeconds);
    const known = remembered.get(bucket);
    if (known !== undefined) return known;
    const offset = zoneOffset(format, bucket * bucketSeconds);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(bucket, offset);
    return offset;
  };
  return {
    toUtc: (local) => {
      const clock = secondsOf(local);
      // The offsets on either side of any change of the clocks near this time; the larger one is summer time.
      const offsets = [offsetAt(clock - 86_400), offsetAt(clock + 86_400)].sort((a, b) => b - a);
      const offset = offsets.find((candidate) => offsetAt(clock - candidate) === candidate);
      return offset === undefined ? undefined : canonicalSecond(clock - offset);
    },
    fromUtc: (utc) => {
      const seconds = secondsOf(utc);
      return canonicalSecond(seconds + offsetAt(seconds));
    },
  };
}

function zoneOffset(format: Intl.DateTimeFormat, utc: number): number {
  const parts = new Map(format.formatToParts(utc * 1000).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? "0");
  const year = parts.get("era") === "BC" ? 1 - number("year") : number("year");
  const local = new Date(0);
  local.setUTCFullYear(year, number("month") - 1, number("day"));
  local.setUTCHours(number("hour"), number("minute"), number("second"));
  return Math.round(local.getTime() / 1000 - utc);
}
