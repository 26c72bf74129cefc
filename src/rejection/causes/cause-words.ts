import { formatCount, formatNoun } from "../report/number-words.ts";
import type { Cause, CauseGroup, CauseOverview } from "./cause.ts";

const namedCauses = 4;

/** Records that go back to something else than a reason of their own, and the records they go back to. */
export function recordsWithCause({ total, own }: CauseOverview): number {
  return total - own;
}

/** `3 records of Customer groups that are missing`: what a group of causes is, in a few words. */
export function groupInWords({ kind, entity, causes, atLeast }: CauseGroup): string {
  const many = `${atLeast === true ? "at least " : ""}${formatNoun(causes, "record")} of ${entity}`;
  const one = causes === 1;
  switch (kind) {
    case "rejected":
      return `${many} that ${one ? "was" : "were"} rejected themselves`.replace(
        "was rejected themselves",
        "was rejected itself",
      );
    case "missing":
      return `${many} that ${one ? "is" : "are"} missing: neither in F&O nor loaded here`;
    case "set-up":
      return `${many} that ${one ? "has" : "have"} to be set up in F&O: not part of this load`;
  }
}

/** `USMF Z9`: a cause by its key. */
export function causeName({ legalEntity, key }: Cause): string {
  return [legalEntity, key ?? "(without a key)"].filter((part) => part !== undefined).join(" ");
}

/** `USMF Z9, USMF Z7 and 12 more`: some causes of a group by name, most records first; empty where none is known. */
export function namesInGroup(group: CauseGroup, overview: CauseOverview): string {
  const names = overview.top.filter((cause) => cause.kind === group.kind && cause.entity === group.entity);
  const shown = names.slice(0, namedCauses).map(causeName);
  if (shown.length === 0) return "";
  const rest = group.causes - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}

/** How many of the rejected records the causes explain, as a sentence without its end. */
export function causesInWords(overview: CauseOverview): string {
  const { total, groups } = overview;
  const causes = groups.reduce((sum, group) => sum + group.causes, 0);
  const least = groups.some(({ atLeast }) => atLeast === true) ? "at least " : "";
  return `${formatCount(recordsWithCause(overview))} of ${formatNoun(total, "rejected record")} go back to ${least}${formatNoun(causes, "cause")}`;
}
