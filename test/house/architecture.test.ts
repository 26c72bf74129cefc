import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const source = path.join(import.meta.dirname, "..", "..", "src");

/** The rooms from top to bottom: each may import those below it, and nothing above. */
const rooms = [
  "cli",
  "load",
  "rejection",
  "environment",
  "package",
  "sequence",
  "mapping",
  "entity",
  "source",
  "project",
  "errors",
];

/** The sandbox reads packages with its own code, so that a mistake in the format cannot cancel itself out. */
const sandboxMayImport = ["sandbox", "entity", "project", "errors"];

/** Rooms that are handed everything they need: no file system, no clock, no network, no environment. */
const pure: Readonly<Record<string, readonly string[]>> = {
  mapping: [],
  // A hash of texts is a pure function.
  sequence: ["node:crypto"],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(source, file), "utf8");
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/g),
  ].map((match) => match[1] ?? match[2] ?? "");
}

const files = globSync("**/*.ts", { cwd: source });

const imports: Import[] = files.flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith("."))
    .map((target) => ({
      file,
      from: file.split(path.sep)[0] ?? "",
      to: path.relative(source, path.join(source, path.dirname(file), target)).split(path.sep)[0] ?? "",
    })),
);

describe("who may import whom", () => {
  test("the test sees the house", () => {
    expect(new Set(imports.map(({ from }) => from))).toEqual(new Set([...rooms, "sandbox"]));
    expect(imports.length).toBeGreaterThan(200);
  });

  test("arrows run only downward", () => {
    const upward = imports.filter(({ from, to }) => {
      if (from === "sandbox" || to === "sandbox") return false;
      return rooms.indexOf(to) < rooms.indexOf(from);
    });
    expect(upward).toEqual([]);
  });

  test("the sandbox imports nothing of the code it is there to judge", () => {
    const forbidden = imports.filter(({ from, to }) => from === "sandbox" && !sandboxMayImport.includes(to));
    expect(forbidden).toEqual([]);
  });

  test("only the command line starts the sandbox", () => {
    const starters = imports.filter(({ from, to }) => to === "sandbox" && from !== "sandbox");
    expect([...new Set(starters.map(({ from }) => from))]).toEqual(["cli"]);
  });

  test("modules form no circle", () => {
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((target) => target.startsWith("."))
          .map((target) => path.join(path.dirname(file), target)),
      ]),
    );
    expect(findCircle(graph)).toEqual([]);
  });

  test.each(Object.entries(pure))("%s is pure", (room, allowed) => {
    const outside = files
      .filter((file) => file.startsWith(`${room}${path.sep}`))
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => target.startsWith("node:") && !allowed.includes(target));
    expect(outside).toEqual([]);
  });
});

function findCircle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target, [...trail, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
