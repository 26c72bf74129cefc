import { html, Html } from "../rejection/report/html.ts";
import type { LoadOverview, OverviewStep } from "../load/load-overview.ts";
import { formatAbout } from "./duration-text.ts";
import { formatCount } from "./number-text.ts";
import { layOut, type Layout, type PlacedEdge } from "./plan-layout.ts";

const box = { width: 220, height: 84, columnGap: 72, rowGap: 20 };
const margin = 16;
const headHeight = 34;
const charsPerLine = 22;

/** The picture of a plan: levels as columns, one band for each execution unit, the critical path marked. */
export function planPicture(overview: LoadOverview): Html {
  const { steps } = overview;
  const units = [...Map.groupBy(steps, ({ executionUnit }) => executionUnit)].sort(([a], [b]) => a - b);
  const columns = Math.max(1, ...steps.map(({ level }) => level));
  const width = columns * (box.width + box.columnGap) - box.columnGap + 2 * margin;
  let y = margin;
  const parts: Html[] = [];
  for (const [unit, members] of units) {
    const layout = layOut(
      members.map((step) => ({
        name: step.name,
        column: step.level - 1,
        after: step.waitsFor,
      })),
      box,
    );
    parts.push(band(overview, { unit, members, layout, y, single: units.length === 1 }));
    y += headHeight + layout.height + 2 * margin;
  }
  return html`<div class="card scroll picture" role="region" aria-label="Picture of the order" tabindex="0">
    <svg
      role="group"
      aria-label="Order of loading: from left to right"
      viewBox="0 0 ${width} ${Math.round(y)}"
      width="${width}"
      height="${Math.round(y)}"
    >
      <defs>${arrow("arrow")}${arrow("critical-arrow")}</defs>
      ${parts}
    </svg>
  </div> `;
}

function arrow(id: string): Html {
  return html`<marker
    id="${id}"
    viewBox="0 0 8 8"
    refX="8"
    refY="4"
    markerWidth="10"
    markerHeight="10"
    markerUnits="userSpaceOnUse"
    orient="auto"
  >
    <path class="${id}" d="M0 0 L8 4 L0 8 z"></path>
  </marker> `;
}

interface Band {
  readonly unit: number;
  readonly members: readonly OverviewStep[];
  readonly layout: Layout;
  readonly y: number;
  readonly single: boolean;
}

function band(overview: LoadOverview, { unit, members, layout, y, single }: Band): Html {
  const levels = [...new Set(members.map(({ level }) => level))];
  const heads = levels.map((level) => {
    const x = margin + (level - 1) * (box.width + box.columnGap);
    const title = single ? `Level ${level}` : `Unit ${unit}, level ${level}`;
    return html`<text class="head" x="${x}" y="${y + 16}">${title}</text>`;
  });
  const numbers = new Map(overview.steps.map(({ name }, index) => [name, index + 1]));
  const chain = overview.criticalPath.steps;
  const edges = layout.edges.map((edge) => {
    const critical = chain.indexOf(edge.to) > 0 && chain[chain.indexOf(edge.to) - 1] === edge.from;
    return line(edge, critical, numbers);
  });
  const byName = new Map(members.map((step) => [step.name, step]));
  const boxes = layout.nodes.flatMap(({ name, x, y: top }) => {
    const step = byName.get(name);
    if (step === undefined) return [];
    return stepBox(step, {
      x,
      y: top,
      number: numbers.get(name) ?? 0,
      critical: chain.length > 1 && chain.includes(name),
    });
  });
  return html`${heads}<g transform="translate(${margin} ${y + headHeight})">${edges}${boxes}</g>`;
}

/** Curves from column to column, straight through a column that it only passes. */
function line(edge: PlacedEdge, critical: boolean, numbers: ReadonlyMap<string, number>): Html {
  const [start, ...rest] = edge.points;
  if (start === undefined) return html``;
  let path = `M${round(start[0])} ${round(start[1])}`;
  let [fromX, fromY] = start;
  for (const [index, [x, y]] of rest.entries()) {
    if (index % 2 === 1) path += ` L${round(x)} ${round(y)}`;
    else {
      const middle = (fromX + x) / 2;
      path += ` C${round(middle)} ${round(fromY)} ${round(middle)} ${round(y)} ${round(x)} ${round(y)}`;
    }
    [fromX, fromY] = [x, y];
  }
  return html`<path
    class="edge${critical ? " critical" : ""}"
    d="${path}"
    marker-end="url(#${critical ? "critical-arrow" : "arrow"})"
    data-from="${numbers.get(edge.from) ?? 0}"
    data-to="${numbers.get(edge.to) ?? 0}"
  ></path>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function stepBox(
  step: OverviewStep,
  place: { readonly x: number; readonly y: number; readonly number: number; readonly critical: boolean },
): Html {
  const { x, y, number, critical } = place;
  const classes = ["step", ...(critical ? ["critical"] : []), ...(step.pass === 2 ? ["second"] : [])].join(
    " ",
  );
  const names = nameLines(step.name);
  const facts = factsOf(step);
  const spoken = [
    step.name,
    `level ${step.level}`,
    ...facts,
    step.waitsFor.length === 0 ? "waits for nothing" : `waits for ${step.waitsFor.join(", ")}`,
    ...(critical ? ["on the longest chain"] : []),
  ].join("; ");
  const texts = [
    ...names.map((text, index) => html`<text class="name" x="12" y="${23 + index * 17}">${text}</text>`),
    ...facts.map(
      (text, index) =>
        html`<text class="fact" x="12" y="${box.height - 12 - (facts.length - 1 - index) * 15}"
          >${text}</text
        >`,
    ),
  ];
  return html`<a
    class="${classes}"
    href="#step-${number}"
    data-step="${number}"
    aria-label="${spoken}"
    transform="translate(${round(x)} ${round(y)})"
  >
    <title>${spoken}</title>
    <rect width="${box.width}" height="${box.height}" rx="8"></rect>
    ${texts}
  </a> `;
}

/** At most two: amounts, and how long it takes. */
function factsOf(step: OverviewStep): string[] {
  const { records, packages, expectedMs } = step;
  if (records === undefined || packages === undefined) return [];
  const amounts = `${formatCount(records)} ${records === 1 ? "record" : "records"} in ${formatCount(packages)} ${packages === 1 ? "package" : "packages"}`;
  return expectedMs === undefined ? [amounts] : [amounts, formatAbout(expectedMs)];
}

/** A name in at most two lines that fit into the box; all of it is in its title. */
function nameLines(name: string): string[] {
  const lines: string[] = [""];
  for (const word of name.split(" ")) {
    const last = lines.length - 1;
    const longer = lines[last] === "" ? word : `${lines[last] ?? ""} ${word}`;
    if (longer.length <= charsPerLine || lines[last] === "") lines[last] = longer;
    else lines.push(word);
  }
  const [first = "", second, ...others] = lines.map(shortened);
  if (second === undefined) return [first];
  return others.length === 0 ? [first, second] : [first, `${second.slice(0, charsPerLine - 1)}…`];
}

function shortened(text: string): string {
  return text.length <= charsPerLine ? text : `${text.slice(0, charsPerLine - 1)}…`;
}
