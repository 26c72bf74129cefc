/**
 * A moment as a person reads it on the clock of this machine: `05:52`, with the day where it is not today's.
 * `at`, `now`: milliseconds since 1970-01-01 UTC.
 */
export function clockTime(at: number, now: number): string {
  const moment = new Date(at);
  const time = `${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}`;
  if (moment.toDateString() === new Date(now).toDateString()) return time;
  const days = Math.abs(at - now) / 86_400_000;
  // English like all that dmfpipe says, whatever language the machine is set to.
  const day = moment.toLocaleDateString(
    "en-GB",
    days < 6 ? { weekday: "short" } : { day: "numeric", month: "short" },
  );
  return `${day} ${time}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
