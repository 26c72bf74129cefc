import { reasonRegistry } from "../errors/registry.ts";
import type { CauseOverview } from "../rejection/causes/cause.ts";
import { causeName, causesInWords, groupInWords } from "../rejection/causes/cause-words.ts";
import { shapeWithField, type ReasonClass, type ReasonGroup } from "../rejection/report/reason-groups.ts";
import { formatCount } from "./number-text.ts";

/** Width of the counts in front, so that they stand below each other. */
const countWidth = 9;

/** `rejections --by cause`: what the rejections go back to, by entity, and each cause with its reason. */
export function causesText(overview: CauseOverview): string {
  const { groups, top, others, own, total, unfollowed } = overview;
  if (groups.length === 0)
    return `Each of the ${formatCount(total)} rejected records has a reason of its own.`;
  const lines = [`${causesInWords(overview)}.`, ""];
  for (const group of groups) {
    lines.push(`${count(group.records)}  ${groupInWords(group)}`);
    const causes = top.filter((cause) => cause.kind === group.kind && cause.entity === group.entity);
    for (const cause of causes) {
      const where = cause.file === undefined ? "" : `  ${cause.file}:${cause.line ?? ""}`;
      lines.push(`${count(cause.records)}    ${causeName(cause)}${where}`);
      if (cause.reason !== undefined) lines.push(`${" ".repeat(countWidth + 6)}${cause.reason.message}`);
    }
  }
  if (others.causes > 0) {
    lines.push(
      `${count(others.records)}  go back to ${formatCount(others.causes)} causes that are not listed, but counted above`,
    );
  }
  lines.push(`${count(own)}  with a reason of their own`, `${count(total)}  in all`);
  if (unfollowed > 0) {
    lines.push(
      `${formatCount(unfollowed)} rejected records were too many to look up: what refers to them may be called missing.`,
    );
  }
  return lines.join("\n");
}

/** `rejections --by class`: kinds of problem, messages with their values masked, values. */
export function classesText(classes: readonly ReasonClass[]): string {
  const lines: string[] = [];
  for (const { code, records, groups } of classes) {
    lines.push(`${count(records)}  ${code}  ${reasonRegistry[code].title}`);
    for (const { group } of groups) {
      lines.push(`${count(group.records)}    ${shapeWithField(group)}`);
      const values = valuesOf(group);
      if (values !== "") lines.push(`${" ".repeat(countWidth + 6)}${values}`);
    }
  }
  return lines.join("\n");
}

function valuesOf({ values, moreValues, otherValues }: ReasonGroup): string {
  const shown = values.map(({ value, records }) => `${value} (${formatCount(records)})`);
  const others = otherValues === undefined ? "others" : `${formatCount(otherValues)} others`;
  return [...shown, ...(moreValues ? [`and ${others}`] : [])].join(", ");
}

function count(value: number): string {
  return formatCount(value).padStart(countWidth);
}
