import { html, Html } from "./html.ts";
import { formatCount, formatShare } from "./number-words.ts";

/** One part of a sum of the flow: what became of so many records. */
export interface FlowTerm {
  /** Names its colour. */
  readonly kind: string;
  readonly label: string;
  readonly count: number;
}

interface Block {
  readonly term: FlowTerm;
  readonly y: number;
  readonly height: number;
  readonly labelY: number;
}

const thickness = 190;
const leastHeight = 3;
const gap = 16;
const labelStep = 26;
const top = 10;
const blockWidth = 14;
const columns = [175, 470, 775] as const;
const width = 1040;
const bendBehindLabels = 62;

/**
 * The way of the records as one picture: what was read, into what it parted, and into what that which was sent parted.
 * Widths of the streams are in proportion; what is there at all is given a least width, so that nobody overlooks it.
 * `there` is empty when nothing was sent.
 */
export function flowPicture(read: number, here: readonly FlowTerm[], there: readonly FlowTerm[]): Html {
  const scale = thickness / Math.max(1, read);
  const source = blocksOf([{ kind: "sent", label: "read", count: read }], scale);
  const middle = blocksOf(here, scale);
  const end = blocksOf(there, scale);
  const sent = middle.find(({ term }) => term.kind === "sent");
  const height = Math.max(bottom(source), bottom(middle), bottom(end)) + top;
  const streams = [
    ...(source[0] === undefined ? [] : streamsFrom(source[0], middle, columns[0])),
    ...(sent === undefined ? [] : streamsFrom(sent, end, columns[1])),
  ];
  const spoken = [
    `${formatCount(read)} read`,
    ...[...middle, ...end].map(
      ({ term }) => `${formatCount(term.count)} ${term.label}, ${formatShare(term.count, read)} of all`,
    ),
  ].join("; ");
  return html`<svg
    class="flow-picture"
    viewBox="0 0 ${width} ${height.toFixed(0)}"
    role="img"
    aria-label="${spoken}"
  >
    ${streams} ${drawn(source, columns[0], "before")} ${drawn(middle, columns[1], "after")}
    ${drawn(end, columns[2], "after")}
  </svg>`;
}

function blocksOf(terms: readonly FlowTerm[], scale: number): readonly Block[] {
  const blocks: Block[] = [];
  let y = top;
  let labelY = 0;
  for (const term of terms) {
    if (term.count <= 0) continue;
    const height = Math.max(leastHeight, term.count * scale);
    labelY = Math.max(y + height / 2 + 5, labelY + labelStep);
    // A thin stream keeps to its label rather than to the one above it.
    if (height < labelStep) y = Math.max(y, labelY - 5 - height / 2);
    blocks.push({ term, y, height, labelY });
    y += height + gap;
  }
  return blocks;
}

function bottom(blocks: readonly Block[]): number {
  const last = blocks.at(-1);
  return last === undefined ? 0 : Math.max(last.y + last.height, last.labelY + 4);
}

// Streams leave side by side, sharing the height of the block they come from.
function streamsFrom(from: Block, to: readonly Block[], column: number): readonly Html[] {
  const x0 = column + blockWidth;
  const x1 = column === columns[0] ? columns[1] : columns[2];
  // Below the block they come from stand the labels of the other blocks of its column: they bend behind these.
  const bend = column === columns[0] ? x0 : x1 - bendBehindLabels;
  const middle = (bend + x1) / 2;
  const whole = to.reduce((sum, { height }) => sum + height, 0);
  const share = whole === 0 ? 0 : Math.min(1, from.height / whole);
  let y = from.y;
  return to.map(({ term, y: toY, height }) => {
    const left = height * share;
    const path = [
      `M${x0} ${y.toFixed(1)}`,
      `H${bend}`,
      `C${middle} ${y.toFixed(1)} ${middle} ${toY.toFixed(1)} ${x1} ${toY.toFixed(1)}`,
      `V${(toY + height).toFixed(1)}`,
      `C${middle} ${(toY + height).toFixed(1)} ${middle} ${(y + left).toFixed(1)} ${bend} ${(y + left).toFixed(1)}`,
      `H${x0}`,
      "Z",
    ].join("");
    y += left;
    return html`<path class="stream ${term.kind}" d="${path}"></path> `;
  });
}

function drawn(blocks: readonly Block[], x: number, side: "before" | "after"): readonly Html[] {
  const labelX = side === "before" ? x - 8 : x + blockWidth + 8;
  return blocks.map(
    ({ term, y, height, labelY }) =>
      html`<rect
          class="${term.kind}"
          x="${x}"
          y="${y.toFixed(1)}"
          width="${blockWidth}"
          height="${height.toFixed(1)}"
        ></rect>
        <text
          class="${term.kind}"
          x="${labelX}"
          y="${labelY.toFixed(1)}"
          text-anchor="${side === "before" ? "end" : "start"}"
        >
          <tspan class="count">${formatCount(term.count)}</tspan> ${term.label}
        </text> `,
  );
}
