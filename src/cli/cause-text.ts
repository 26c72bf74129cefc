import type { CauseOverview } from "../rejection/causes/cause.ts";
import { causesInWords, groupInWords, namesInGroup } from "../rejection/causes/cause-words.ts";
import { formatCount } from "./number-text.ts";

const shownGroups = 3;

/** What the rejections of a run go back to, in a few lines below its counts; none where there is nothing to say. */
export function causeLines(overview: CauseOverview | undefined): string[] {
  if (overview === undefined || overview.groups.length === 0) return [];
  const shown = overview.groups.slice(0, shownGroups).map((group) => {
    const named = namesInGroup(group, overview);
    return `    ${formatCount(group.records)} to ${groupInWords(group)}${named === "" ? "" : ` (${named})`}`;
  });
  const rest = overview.groups.length - shown.length;
  const more = rest > 0 ? [`    and so on; dmfpipe rejections --by cause lists them all`] : [];
  return [`  causes:     ${causesInWords(overview)}`, ...shown, ...more];
}

/** What was set aside as harmless; silent where nothing was. */
export function noiseLines(count = 0): string[] {
  if (count === 0) return [];
  const messages = count === 1 ? "1 message" : `${formatCount(count)} messages`;
  return [`  noise:      ${messages} of F&O that mappings/messages.yaml declares to be harmless`];
}
