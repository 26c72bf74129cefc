import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { ImportTime } from "../../src/load/ledger/import-times.ts";
import type { PackageState } from "../../src/load/ledger/package-state.ts";
import { Ledger, type NewPackage } from "../../src/load/ledger/ledger.ts";
import { runEndsAt } from "../../src/load/sending/outlook.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const begin = Date.parse("2026-11-23T04:00:00Z");

/** A ledger whose clock is set by hand. */
function scene() {
  const folder = temporaryFolder();
  const clock = { time: begin, now: () => clock.time };
  const ledger = Ledger.open(path.join(folder, "ledger.db"), clock);
  onTestFinished(() => {
    ledger.close();
  });
  const start = (id: string, packages: readonly NewPackage[]): void => {
    ledger.startRun({
      id,
      command: "load",
      project: "p",
      environment: "uat",
      fingerprint: "",
      fingerprintParts: "{}",
    });
    ledger.finishBuild(id, packages, []);
  };
  const walk = (run: string, key: string, states: readonly PackageState[]): void => {
    for (const state of states) {
      const pack = ledger.packages(run).find((candidate) => candidate.key === key);
      if (pack === undefined) throw new Error(key);
      ledger.move(run, pack, state, "test");
    }
  };
  /** A package that went through, `ms` of it in F&O. */
  const through = (run: string, key: string, ms: number): void => {
    walk(run, key, ["uploaded", "importing", "executing"]);
    clock.time += ms;
    walk(run, key, ["collecting", "done"]);
  };
  return { folder, ledger, clock, start, walk, through };
}

function pack(key: string, position: number, entity: string, more: Partial<NewPackage> = {}): NewPackage {
  return {
    key,
    position,
    legalEntity: "USMF",
    dataProject: `p-${entity}`,
    file: `packages/${key}.zip`,
    sha256: "00",
    sizeBytes: 1,
    parts: [{ entity, dataFile: `${entity}.csv`, records: 10 }],
    executionId: `id-of-${key}-${entity}`,
    ...more,
  };
}

/** A load before this one: 10 records of each entity took this long. */
function history({ start, through }: ReturnType<typeof scene>, ms: Readonly<Record<string, number>>): void {
  const entities = Object.keys(ms);
  start(
    "before",
    entities.map((entity, index) => pack(`before-${entity}`, index + 1, entity)),
  );
  for (const entity of entities) through("before", `before-${entity}`, ms[entity] ?? 0);
}

test("what waits for what counts: a level that another process sends begins when the one before it is over", () => {
  const here = scene();
  history(here, { Groups: 1000, Terms: 4000, Vendors: 2000 });
  const { ledger, clock, start, walk } = here;
  start("now", [pack("g", 1, "Groups"), pack("t", 2, "Terms"), pack("v", 3, "Vendors")]);
  const ends = (): number => {
    const run = ledger.run("now");
    if (run === undefined) throw new Error("now");
    return (runEndsAt(ledger, run, { sideBySide: 4, now: clock.time }) ?? NaN) - clock.time;
  };
  // A run of a dmfpipe that did not write down what waits for what.
  expect(ends()).toBe(4000);
  ledger.lanes.note("now", [
    { firstPackage: "g", waitsFor: [] },
    { firstPackage: "t", waitsFor: [] },
    { firstPackage: "v", waitsFor: ["g", "t", "v"] },
  ]);
  expect(ends()).toBe(6000);
  walk("now", "g", ["uploaded", "importing", "executing"]);
  walk("now", "t", ["uploaded", "importing", "executing"]);
  clock.time += 1500;
  walk("now", "g", ["collecting", "done"]);
  expect(ends()).toBe(4500);
  clock.time += 2500;
  walk("now", "t", ["collecting", "done"]);
  // What was waited for is over: nothing is left to wait for.
  expect(ends()).toBe(2000);
});

test("one at a time, the barrier adds nothing; and nothing is said while one package cannot be told", () => {
  const here = scene();
  history(here, { Groups: 1000, Vendors: 2000 });
  const { ledger, clock, start } = here;
  start("now", [pack("g", 1, "Groups"), pack("v", 2, "Vendors")]);
  ledger.lanes.note("now", [{ firstPackage: "v", waitsFor: ["g"] }]);
  const run = ledger.run("now");
  if (run === undefined) throw new Error("now");
  expect(runEndsAt(ledger, run, { sideBySide: 1, now: clock.time })).toBe(clock.time + 3000);
  start("other", [pack("n", 1, "Never seen")]);
  const other = ledger.run("other");
  if (other === undefined) throw new Error("other");
  expect(runEndsAt(ledger, other, { sideBySide: 1, now: clock.time })).toBeUndefined();
});

test("a data project may have several lanes: what waits for another one does not hold up those before it", () => {
  const here = scene();
  history(here, { Groups: 1000, Terms: 4000, Vendors: 2000 });
  const { ledger, clock, start } = here;
  const one = { dataProject: "p-USMF" };
  start("now", [
    { ...pack("g", 1, "Groups"), ...one },
    pack("t", 2, "Terms"),
    { ...pack("v", 3, "Vendors"), ...one },
  ]);
  ledger.lanes.note("now", [
    { firstPackage: "g", waitsFor: [] },
    { firstPackage: "t", waitsFor: ["g"] },
    { firstPackage: "v", waitsFor: ["g", "t"] },
  ]);
  const run = ledger.run("now");
  if (run === undefined) throw new Error("now");
  expect(runEndsAt(ledger, run, { sideBySide: 4, now: clock.time })).toBe(clock.time + 7000);
});

test("lanes that are noted again are written once, and a changed one anew", () => {
  const { ledger, start } = scene();
  start("now", [pack("g", 1, "Groups")]);
  ledger.lanes.note("now", [{ firstPackage: "a", waitsFor: [] }]);
  ledger.lanes.note("now", [
    { firstPackage: "a", waitsFor: [] },
    { firstPackage: "b", waitsFor: ["a"] },
  ]);
  ledger.lanes.note("now", [{ firstPackage: "a", waitsFor: ["c"] }]);
  expect(ledger.lanes.of("now")).toEqual([
    { firstPackage: "a", waitsFor: ["c"] },
    { firstPackage: "b", waitsFor: ["a"] },
  ]);
  expect(ledger.lanes.of("nobody")).toEqual([]);
});

test("of a long history the latest packages of each content are asked, through the index", () => {
  const { folder, ledger, start, through } = scene();
  const entities = ["Groups", "Terms"];
  for (let round = 1; round <= 6; round++) {
    start(
      `run-${round}`,
      entities.map((entity, index) => pack(`${entity}-${round}`, index + 1, entity)),
    );
    for (const entity of entities) through(`run-${round}`, `${entity}-${round}`, round * 1000);
  }
  const times = (entity: string, most?: number): ImportTime[] =>
    ledger.times.latest("uat", most).filter((time) => time.entities[0] === entity);
  for (const entity of entities) {
    expect(times(entity).map(({ ms }) => ms)).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    expect(times(entity, 2)).toEqual([
      { run: "run-5", entities: [entity], records: 10, ms: 5000 },
      { run: "run-6", entities: [entity], records: 10, ms: 6000 },
    ]);
  }
  expect(ledger.times.latest("prod")).toEqual([]);
  const database = new DatabaseSync(path.join(folder, "ledger.db"));
  const indexed = (sql: string): string =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row["detail"]))
      .join("\n");
  expect(
    indexed(
      "SELECT rowid FROM import_times WHERE environment = 'uat' AND entities = 'x' AND pass = 1 ORDER BY sent_at DESC LIMIT 2",
    ),
  ).toMatch(/^SEARCH import_times USING COVERING INDEX import_times_by_kind/);
  database.close();
});

test("a package in doubt, one sent twice, and one that only went to staging tell nothing of F&O's time", () => {
  const { ledger, start, walk, through } = scene();
  start("r", [pack("doubt", 1, "A"), pack("twice", 2, "B"), pack("good", 3, "C")]);
  walk("r", "doubt", ["uploaded", "importing", "in doubt", "executing", "collecting", "done"]);
  walk("r", "twice", ["uploaded", "importing", "uploaded", "importing", "executing", "collecting", "done"]);
  through("r", "good", 5);
  expect(ledger.times.latest("uat").map(({ entities }) => entities)).toEqual([["C"]]);
});
