/** A box of the picture before it has its place. */
export interface LayoutNode {
  readonly name: string;
  /** Column it stands in, from 0. */
  readonly column: number;
  /** Names of nodes in columns before its own. */
  readonly after: readonly string[];
}

/** A box in its place; `x` and `y` are its upper left corner. */
export interface PlacedNode {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** A line between two boxes: where it passes, alternately entering and leaving a column. */
export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export interface BoxSizes {
  readonly width: number;
  readonly height: number;
  readonly columnGap: number;
  readonly rowGap: number;
}

/** A node, or the lane in which a line passes through a column that it does not end in. */
interface Cell {
  readonly id: string;
  readonly column: number;
  readonly height: number;
  readonly isNode: boolean;
  readonly before: string[];
  readonly behind: string[];
  centre: number;
}

const laneHeight = 16;
const sweeps = 6;

/**
 * Puts boxes into columns so that lines cross little and pass no box: the layered drawing of Sugiyama, Tagawa and Toda,
 * with the columns given. A line that another way round makes superfluous is not drawn. The same nodes in the same
 * order give the same picture.
 */
export function layOut(nodes: readonly LayoutNode[], sizes: BoxSizes): Layout {
  const edges = neededEdges(nodes);
  const { cells, ways } = cellsOf(nodes, edges, sizes);
  const columns: Cell[][] = [];
  for (const cell of cells.values()) (columns[cell.column] ??= []).push(cell);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forward = sweep % 2 === 0;
    const inTurn = forward ? columns : columns.toReversed();
    for (const column of inTurn) reorder(column, cells, columns, forward);
  }
  for (const column of columns) settle(column, cells, sizes);
  const top = Math.min(...[...cells.values()].map((cell) => cell.centre - cell.height / 2));
  const bottom = Math.max(...[...cells.values()].map((cell) => cell.centre + cell.height / 2));
  const left = (column: number): number => column * (sizes.width + sizes.columnGap);
  const placed = nodes.map(({ name, column }) => {
    const centre = cells.get(name)?.centre ?? 0;
    return { name, x: left(column), y: centre - sizes.height / 2 - top };
  });
  return {
    nodes: placed,
    edges: edges.map(([from, to], index) => ({
      from,
      to,
      points: (ways[index] ?? []).flatMap((id, place, all): (readonly [number, number])[] => {
        const cell = cells.get(id);
        if (cell === undefined) return [];
        const y = cell.centre - top;
        const enters: readonly [number, number] = [left(cell.column), y];
        const leaves: readonly [number, number] = [left(cell.column) + sizes.width, y];
        if (place === 0) return [leaves];
        return place === all.length - 1 ? [enters] : [enters, leaves];
      }),
    })),
    width: Math.max(0, left(columns.length) - sizes.columnGap),
    height: nodes.length === 0 ? 0 : bottom - top,
  };
}

/** Without the lines that follow from two others: what waits for B waits for all that B waits for. */
function neededEdges(nodes: readonly LayoutNode[]): (readonly [from: string, to: string])[] {
  const reached = new Map<string, Set<string>>();
  for (const node of nodes.toSorted((a, b) => a.column - b.column)) {
    const all = new Set<string>(node.after);
    for (const before of node.after) for (const further of reached.get(before) ?? []) all.add(further);
    reached.set(node.name, all);
  }
  return nodes.flatMap(({ name, after }) =>
    after
      .filter((from) => !after.some((other) => reached.get(other)?.has(from)))
      .map((from): readonly [string, string] => [from, name]),
  );
}

function cellsOf(
  nodes: readonly LayoutNode[],
  edges: readonly (readonly [string, string])[],
  sizes: BoxSizes,
): { cells: Map<string, Cell>; ways: string[][] } {
  const cells = new Map<string, Cell>();
  const add = (id: string, column: number, isNode: boolean): void => {
    const height = isNode ? sizes.height : laneHeight;
    cells.set(id, { id, column, height, isNode, before: [], behind: [], centre: 0 });
  };
  for (const { name, column } of nodes) add(name, column, true);
  const ways = edges.map(([from, to]) => {
    const way = [from];
    const start = cells.get(from)?.column ?? 0;
    const end = cells.get(to)?.column ?? 0;
    for (let column = start + 1; column < end; column++) {
      const lane = `${from}\n${to}\n${column}`;
      add(lane, column, false);
      way.push(lane);
    }
    way.push(to);
    for (const [index, id] of way.entries()) {
      const next = way[index + 1];
      if (next === undefined) continue;
      cells.get(id)?.behind.push(next);
      cells.get(next)?.before.push(id);
    }
    return way;
  });
  return { cells, ways };
}

/** Sorts a column by the mean place of its neighbours in the columns before, or behind. */
function reorder(
  column: Cell[],
  cells: ReadonlyMap<string, Cell>,
  columns: readonly (readonly Cell[])[],
  forward: boolean,
): void {
  const placeOf = (id: string): number => {
    const cell = cells.get(id);
    return cell === undefined ? 0 : (columns[cell.column]?.indexOf(cell) ?? 0);
  };
  const wanted = new Map(
    column.map((cell, index) => {
      const neighbours = forward ? cell.before : cell.behind;
      const mean = neighbours.reduce((sum, id) => sum + placeOf(id), 0) / neighbours.length;
      return [cell.id, neighbours.length === 0 ? index : mean];
    }),
  );
  column.sort((a, b) => (wanted.get(a.id) ?? 0) - (wanted.get(b.id) ?? 0));
}

/**
 * Gives the cells of a column their heights, one below the other and each as near as that allows to those before it:
 * the squares of what is missing are least. (Isotonic regression: where two wishes are in each other's way, both cells
 * become one block that has its mean.)
 */
function settle(column: readonly Cell[], cells: ReadonlyMap<string, Cell>, sizes: BoxSizes): void {
  const blocks: { sum: number; cells: Cell[] }[] = [];
  const offsets = new Map<Cell, number>();
  let offset = 0;
  for (const cell of column) {
    offsets.set(cell, offset + cell.height / 2);
    const centres = cell.before.flatMap((id) => cells.get(id)?.centre ?? []);
    const wish =
      centres.length === 0
        ? 0
        : centres.reduce((sum, centre) => sum + centre, 0) / centres.length - offset - cell.height / 2;
    offset += cell.height + (cell.isNode ? sizes.rowGap : sizes.rowGap / 2);
    blocks.push({ sum: wish, cells: [cell] });
    for (;;) {
      const last = blocks.at(-1);
      const above = blocks.at(-2);
      if (last === undefined || above === undefined || mean(above) <= mean(last)) break;
      above.sum += last.sum;
      above.cells.push(...last.cells);
      blocks.pop();
    }
  }
  for (const block of blocks) {
    // Whole pixels: sharp borders, and lines that start exactly where their box does, however the sums were rounded.
    const place = Math.round(mean(block));
    for (const cell of block.cells) cell.centre = place + (offsets.get(cell) ?? 0);
  }
}

function mean({ sum, cells }: { readonly sum: number; readonly cells: readonly Cell[] }): number {
  return sum / cells.length;
}
