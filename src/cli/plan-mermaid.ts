import type { LoadOverview, OverviewStep } from "../load/load-overview.ts";
import { formatCount } from "./number-text.ts";

/**
 * The plan as a flowchart in Mermaid's language, as GitHub, Azure DevOps and many wikis show it: levels as subgraphs,
 * the critical path with thick borders and arrows, second passes dashed.
 */
export function planMermaid(overview: LoadOverview): string {
  const { steps, criticalPath } = overview;
  const ids = new Map(steps.map(({ name }, index) => [name, `step${index + 1}`]));
  const lines = ["flowchart LR"];
  const groups = Map.groupBy(steps, ({ executionUnit, level }) => `${executionUnit}.${level}`);
  const units = new Set(steps.map(({ executionUnit }) => executionUnit)).size;
  for (const [group, members] of groups) {
    const [unit = "1", level = "1"] = group.split(".");
    const title = units === 1 ? `Level ${level}` : `Unit ${unit}, level ${level}`;
    lines.push(`  subgraph unit${unit}level${level}["${title}"]`);
    for (const step of members) lines.push(`    ${ids.get(step.name) ?? ""}${box(step)}`);
    lines.push("  end");
  }
  for (const step of steps) {
    for (const before of step.waitsFor) {
      const chained =
        criticalPath.steps.indexOf(step.name) > 0 &&
        criticalPath.steps[criticalPath.steps.indexOf(step.name) - 1] === before;
      lines.push(`  ${ids.get(before) ?? ""} ${chained ? "==>" : "-->"} ${ids.get(step.name) ?? ""}`);
    }
  }
  const critical = criticalPath.steps.map((name) => ids.get(name) ?? "");
  const second = steps.filter(({ pass }) => pass === 2).map(({ name }) => ids.get(name) ?? "");
  if (critical.length > 1) {
    lines.push("  classDef critical stroke-width:3px", `  class ${critical.join(",")} critical`);
  }
  if (second.length > 0) {
    lines.push("  classDef second stroke-dasharray:5 4", `  class ${second.join(",")} second`);
  }
  return `${lines.join("\n")}\n`;
}

function box(step: OverviewStep): string {
  const { name, records, packages } = step;
  const amount =
    records === undefined || packages === undefined
      ? []
      : [
          `${formatCount(records)} ${records === 1 ? "record" : "records"}`,
          `${formatCount(packages)} ${packages === 1 ? "package" : "packages"}`,
        ];
  return `["${[name, ...amount].map(escaped).join("<br/>")}"]`;
}

/** In a quoted text of Mermaid, characters are written by their number: `#34;` is a quote. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,/()+-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
