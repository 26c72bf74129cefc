/** A duration that is only estimated: `about 8 s`, `under a second`. */
export function formatAbout(ms: number): string {
  const text = formatDuration(ms);
  return text.startsWith("under") ? text : `about ${text}`;
}

/** A duration as people say it: `under a second`, `8 s`, `4 min 12 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds === 0) return "under a second";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const rest = Math.round(seconds / 60) % 60;
  const hours = Math.floor(Math.round(seconds / 60) / 60);
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
