import fc from "fast-check";
import { expect, test } from "vitest";
import { layOut, type LayoutNode } from "../../src/cli/plan-layout.ts";

const sizes = { width: 100, height: 40, columnGap: 50, rowGap: 10 };

test("a line that follows from two others is not drawn", () => {
  const layout = layOut(
    [
      { name: "a", column: 0, after: [] },
      { name: "b", column: 1, after: ["a"] },
      { name: "c", column: 2, after: ["a", "b"] },
    ],
    sizes,
  );
  expect(layout.edges.map(({ from, to }) => `${from}-${to}`)).toEqual(["a-b", "b-c"]);
  expect(layout).toMatchObject({ width: 400, height: 40 });
});

test("nothing makes an empty picture", () => {
  expect(layOut([], sizes)).toEqual({ nodes: [], edges: [], width: 0, height: 0 });
});

/** Nodes in columns as levels are: each behind at least one of the column before. */
const nodes = fc
  .array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 16 })
  .map((lists) => {
    const made: LayoutNode[] = [];
    for (const [index, targets] of lists.entries()) {
      const after = [...new Set(targets.filter((target) => target < index))].map((target) => `n${target}`);
      const columns = after.map((name) => made.find((node) => node.name === name)?.column ?? 0);
      made.push({ name: `n${index}`, column: Math.max(-1, ...columns) + 1, after });
    }
    return made;
  });

test("boxes do not overlap, stay inside the picture, and lines pass no box", () => {
  fc.assert(
    fc.property(nodes, (given) => {
      const { nodes: placed, edges, width, height } = layOut(given, sizes);
      for (const [index, { x, y }] of placed.entries()) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + sizes.width).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(-0.001);
        expect(y + sizes.height).toBeLessThanOrEqual(height + 0.001);
        for (const other of placed.slice(index + 1)) {
          if (other.x === x) expect(Math.abs(other.y - y)).toBeGreaterThanOrEqual(sizes.height);
        }
      }
      for (const { points } of edges) {
        // Inside a column a line runs straight, from where it enters to where it leaves.
        for (const [x, y] of points.slice(1, -1)) {
          const column = placed.filter((box) => box.x === x || box.x + sizes.width === x);
          for (const box of column) expect(y < box.y || y > box.y + sizes.height).toBe(true);
        }
      }
    }),
  );
});

test("what cannot be reached through others is drawn, from the right side of one box to the left of the other", () => {
  fc.assert(
    fc.property(nodes, (given) => {
      const { nodes: placed, edges } = layOut(given, sizes);
      const boxOf = new Map(placed.map((box) => [box.name, box]));
      const reach = (name: string): Set<string> => {
        const drawn = edges.filter(({ to }) => to === name).map(({ from }) => from);
        return new Set(drawn.flatMap((from) => [from, ...reach(from)]));
      };
      for (const { name, after } of given) for (const from of after) expect(reach(name)).toContain(from);
      for (const { from, to, points } of edges) {
        const start = boxOf.get(from);
        const end = boxOf.get(to);
        expect(points[0]).toEqual([(start?.x ?? 0) + sizes.width, (start?.y ?? 0) + sizes.height / 2]);
        expect(points.at(-1)).toEqual([end?.x, (end?.y ?? 0) + sizes.height / 2]);
      }
    }),
  );
});
