import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { asDmfpipeError, DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { BuildCounts, LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import { Ledger, type NewPackage } from "../../src/load/ledger/ledger.ts";
import {
  isFinal,
  isLegalTransition,
  packageStates,
  type PackageState,
} from "../../src/load/ledger/package-state.ts";
import { child } from "./child-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let time = Date.parse("2026-11-23T04:00:00Z");
const clock = { now: () => (time += 1000) };

function ledgerIn(folder: string): Ledger {
  const ledger = Ledger.open(path.join(folder, "ledger.db"), clock);
  onTestFinished(() => {
    try {
      ledger.close();
    } catch {
      // The test closed it.
    }
  });
  return ledger;
}

/** A ledger as the first version wrote it, with one package that is over. */
const firstVersion = `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    command TEXT NOT NULL,
    project TEXT NOT NULL,
    environment TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('building', 'loading', 'finished')),
    status TEXT NOT NULL,
    exit_code INTEGER,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    fingerprint TEXT NOT NULL,
    fingerprint_parts TEXT NOT NULL
  ) STRICT;

  -- What was counted while the packages were built.
  CREATE TABLE counts (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    entity TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    read INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    rejected_here INTEGER NOT NULL,
    packaged INTEGER NOT NULL,
    control_totals TEXT NOT NULL,
    PRIMARY KEY (run_id, entity, legal_entity)
  ) STRICT;

  CREATE TABLE packages (
    run_id TEXT NOT NULL REFERENCES runs (id),
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    entity TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    data_project TEXT NOT NULL,
    file TEXT NOT NULL,
    data_file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    execution_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    environment_status TEXT,
    message TEXT,
    staged INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    rejected_staging INTEGER NOT NULL DEFAULT 0,
    rejected_target INTEGER NOT NULL DEFAULT 0,
    unprocessed INTEGER NOT NULL DEFAULT 0,
    unattributed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, key)
  ) STRICT;

  CREATE TABLE transitions (
    run_id TEXT NOT NULL,
    package_key TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT NOT NULL,
    FOREIGN KEY (run_id, package_key) REFERENCES packages (run_id, key)
  ) STRICT;
  
  INSERT INTO runs VALUES ('run-1', 'load', 'small', 'uat', 'finished', 'succeeded', 0, '2026', '2026', 'f', '{}');
  INSERT INTO packages VALUES ('run-1', '001-vendors-v2-usmf-001', 1, 'Vendors V2', 'USMF', 'p', 'packages/x.zip',
    'Vendors V2.csv', '00', 1, 10, 'id', 'done', 'PartiallySucceeded', NULL, 10, 8, 0, 0, 2, 0, 0);
  PRAGMA user_version = 1;
`;

function startRun(ledger: Ledger, id = "run-1"): void {
  ledger.startRun({
    id,
    command: "load",
    project: "small",
    environment: "uat",
    fingerprint: "f",
    fingerprintParts: "{}",
  });
}

function pack(key: string, changes: Partial<NewPackage> = {}): NewPackage {
  return {
    key,
    position: 1,
    legalEntity: "USMF",
    dataProject: "small-USMF-Vendors-V2",
    file: `packages/${key}.zip`,
    sha256: "00",
    sizeBytes: 1,
    parts: [{ entity: "Vendors V2", dataFile: "Vendors V2.csv", records: 10 }],
    executionId: `id-of-${key}`,
    ...changes,
  };
}

const counts: BuildCounts = {
  position: 1,
  entity: "Vendors V2",
  legalEntity: "USMF",
  read: 12,
  filtered: 1,
  rejectedHere: 1,
  packaged: 10,
  controlTotals: { amount: "12.50" },
};

function onlyPackage(ledger: Ledger): LedgerPackage {
  const [found] = ledger.packages("run-1");
  if (found === undefined) throw new Error("no package");
  return found;
}

function errorOf(work: () => unknown): DmfpipeError {
  try {
    work();
  } catch (thrown) {
    return asDmfpipeError(thrown);
  }
  throw new Error("It did not fail.");
}

/** What the ledger keeps of the steps of a package, seen past the ledger. */
function transitions(folder: string): string[] {
  const database = new DatabaseSync(path.join(folder, "ledger.db"));
  try {
    const rows = database.prepare("SELECT from_state, to_state FROM transitions ORDER BY rowid").all();
    return rows.map((row) => `${String(row["from_state"])} → ${String(row["to_state"])}`);
  } finally {
    database.close();
  }
}

describe("opening", () => {
  test("makes the ledger, for its owner alone, and finds in it what was written before", () => {
    const folder = path.join(temporaryFolder(), "a", "b");
    const first = ledgerIn(folder);
    startRun(first);
    first.finishBuild("run-1", [pack("p")], [counts]);
    first.close();
    const second = ledgerIn(folder);
    expect(second.run("run-1")).toMatchObject({ id: "run-1", phase: "loading", status: "running" });
    expect(second.counts("run-1")).toEqual([counts]);
    const [part] = pack("p").parts;
    expect(onlyPackage(second)).toMatchObject({
      ...pack("p"),
      state: "built",
      message: null,
      parts: [{ ...part, created: 0 }],
    });
    expect(statSync(path.join(folder, "ledger.db")).mode & 0o777).toBe(0o600);
  });

  test("one of a newer version is refused and left as it is", () => {
    const folder = temporaryFolder();
    ledgerIn(folder).close();
    const file = path.join(folder, "ledger.db");
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    expect(errorOf(() => Ledger.open(file, clock))).toMatchObject({ code: "DMFP-LEDGER-NEWER" });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
    database.close();
  });

  test("one that a crash left half-made is made whole", () => {
    const folder = temporaryFolder();
    // The file is there, the tables are not: what a kill before the first commit leaves.
    writeFileSync(path.join(folder, "ledger.db"), "");
    const ledger = ledgerIn(folder);
    startRun(ledger);
    expect(ledger.runs()).toHaveLength(1);
  });

  test("a file that is no ledger is said to be none", () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "ledger.db"), "Not a database, and long enough to be read. ".repeat(10));
    expect(errorOf(() => Ledger.open(path.join(folder, "ledger.db"), clock)).code).toBe("DMFP-RUN-FILE");
  });

  test("several processes may open a new one at the same moment", async () => {
    const folder = temporaryFolder();
    const open = (id: string): string => `
      const { Ledger } = await import("SRC/load/ledger/ledger.ts");
      const ledger = Ledger.open(${JSON.stringify(path.join(folder, "new", "ledger.db"))}, { now: () => 0 });
      ledger.startRun({
        id: "${id}", command: "check", project: "p", environment: "e", fingerprint: "f", fingerprintParts: "{}",
      });
      console.log("opened");
    `;
    const outputs = await Promise.all(["a", "b", "c", "d"].map((id) => child(open(id)).ended));
    expect(outputs).toEqual(["opened\n", "opened\n", "opened\n", "opened\n"]);
    expect(
      ledgerIn(path.join(folder, "new"))
        .runs()
        .map(({ id }) => id),
    ).toEqual(["d", "c", "b", "a"]);
  });
});

describe("a package goes only where its life allows", () => {
  test("property: any walk leaves the ledger in the last legal state, with every step on record", () => {
    const folder = temporaryFolder();
    const ledger = ledgerIn(folder);
    let run = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...packageStates), { maxLength: 25 }), (walk) => {
        const id = `run-${run++}`;
        startRun(ledger, id);
        ledger.finishBuild(id, [pack("p", { executionId: id })], []);
        let expected: PackageState = "built";
        let moved = 0;
        let current = ledger.packages(id)[0];
        for (const to of walk) {
          if (current === undefined) throw new Error("no package");
          const before = current;
          if (isLegalTransition(expected, to)) {
            current = ledger.move(id, before, to, "walk");
            expected = to;
            moved++;
          } else {
            expect(errorOf(() => ledger.move(id, before, to, "walk")).message).toBe(
              `Package p cannot go from ${expected} to ${to}.`,
            );
          }
          expect(ledger.packages(id)[0]?.state).toBe(expected);
        }
        const steps = transitions(folder).length;
        ledger.restartBuild(id);
        expect(transitions(folder)).toHaveLength(steps - moved);
      }),
      { numRuns: 60 },
    );
  });

  test("from every state an end can be reached, and an end is left no more", () => {
    const ends = (from: PackageState, seen: ReadonlySet<PackageState>): boolean =>
      isFinal(from) ||
      packageStates.some(
        (to) => isLegalTransition(from, to) && !seen.has(to) && ends(to, new Set([...seen, to])),
      );
    for (const state of packageStates) expect(ends(state, new Set([state]))).toBe(true);
    for (const state of ["done", "failed", "unprocessed"] as const) {
      expect(packageStates.filter((to) => isLegalTransition(state, to))).toEqual([]);
    }
  });

  test("nothing that F&O may have is ever sent again without asking", () => {
    for (const state of ["executing", "collecting", "done", "failed"] as const) {
      const reached = new Set<PackageState>([state]);
      for (const from of reached) {
        for (const to of packageStates) if (isLegalTransition(from, to)) reached.add(to);
      }
      expect(reached).not.toContain("importing");
      expect(reached).not.toContain("built");
    }
  });

  test("who lost its place cannot overwrite who took over, nor leave a trace", () => {
    const folder = temporaryFolder();
    const one = ledgerIn(folder);
    const other = ledgerIn(folder);
    startRun(one);
    one.finishBuild("run-1", [pack("p")], []);
    const seenByOne = onlyPackage(one);
    other.move("run-1", onlyPackage(other), "uploaded", "the other was quicker");
    const error = errorOf(() => one.move("run-1", seenByOne, "failed", "too late", { message: "wrong" }));
    expect(error.message).toBe("Package p is no longer built: another process moved it.");
    expect(onlyPackage(one)).toMatchObject({ state: "uploaded", message: null });
    expect(transitions(folder)).toEqual(["built → uploaded"]);
  });

  test("what is set with a step is kept, the rest stays, and no secret is", () => {
    const ledger = ledgerIn(temporaryFolder());
    startRun(ledger);
    ledger.finishBuild("run-1", [pack("p")], []);
    const walk = (to: PackageState, set?: Parameters<Ledger["move"]>[4]): LedgerPackage =>
      ledger.move("run-1", onlyPackage(ledger), to, "https://x/y?sig=geheim", set);
    walk("uploaded");
    walk("importing");
    walk("executing", { executionId: "id F&O chose" });
    walk("collecting", { environmentStatus: "PartiallySucceeded", message: "see https://x/y?sig=geheim" });
    const packageCounts = {
      staged: 9,
      created: 5,
      updated: 2,
      rejectedStaging: 1,
      rejectedTarget: 2,
      unprocessed: 0,
    };
    const [part] = pack("p").parts;
    expect(walk("done", { counts: [packageCounts], unattributed: 3 })).toEqual({
      ...pack("p"),
      executionId: "id F&O chose",
      state: "done",
      environmentStatus: "PartiallySucceeded",
      message: "see https://x/y?sig=***",
      unattributed: 3,
      parts: [{ ...part, ...packageCounts }],
    });
  });

  test("each entity of a package keeps its own counts, in the order of the package", () => {
    const ledger = ledgerIn(temporaryFolder());
    startRun(ledger);
    const parts = ["Vendor groups", "Vendors V2"].map((entity, index) => ({
      entity,
      dataFile: `${entity}.csv`,
      records: index + 1,
    }));
    ledger.finishBuild("run-1", [pack("p", { parts }), pack("q", { position: 2 })], []);
    for (const to of ["uploaded", "importing", "executing", "collecting"] as const) {
      ledger.move("run-1", onlyPackage(ledger), to, "");
    }
    const none = { staged: 0, created: 0, updated: 0, rejectedStaging: 0, rejectedTarget: 0, unprocessed: 0 };
    const counts = [
      { ...none, staged: 1, created: 1 },
      { ...none, staged: 2, updated: 1, rejectedTarget: 1 },
    ];
    ledger.move("run-1", onlyPackage(ledger), "done", "", { counts });
    const [first, second] = ledger.packages("run-1");
    expect(first?.parts).toEqual(parts.map((part, index) => ({ ...part, ...counts[index] })));
    expect(second?.parts).toEqual([{ ...pack("q").parts[0], ...none }]);
  });

  test("a ledger of the first version keeps its packages", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "ledger.db");
    const old = new DatabaseSync(file);
    old.exec(firstVersion);
    old.close();
    const ledger = ledgerIn(folder);
    expect(ledger.packages("run-1")).toMatchObject([
      {
        key: "001-vendors-v2-usmf-001",
        state: "done",
        parts: [
          { entity: "Vendors V2", dataFile: "Vendors V2.csv", records: 10, created: 8, rejectedTarget: 2 },
        ],
      },
    ]);
  });
});

describe("runs", () => {
  test("come the latest first, and end resumable or not", () => {
    const ledger = ledgerIn(temporaryFolder());
    for (const id of ["run-1", "run-2", "run-3"]) startRun(ledger, id);
    ledger.finishBuild("run-2", [], []);
    ledger.endRun("run-1", { status: "failed", exitCode: 3, resumable: false });
    ledger.endRun("run-2", { status: "interrupted", exitCode: 8, resumable: true });
    expect(ledger.runs().map(({ id, phase, status, exitCode }) => [id, phase, status, exitCode])).toEqual([
      ["run-3", "building", "running", null],
      ["run-2", "loading", "interrupted", 8],
      ["run-1", "finished", "failed", 3],
    ]);
    expect(ledger.run("nobody")).toBeUndefined();
  });

  test("a build that is begun anew forgets its packages and counts, and those of no other run", () => {
    const folder = temporaryFolder();
    const ledger = ledgerIn(folder);
    for (const id of ["run-1", "run-2"]) {
      startRun(ledger, id);
      ledger.finishBuild(id, [pack("p", { executionId: id })], [counts]);
    }
    ledger.move("run-1", onlyPackage(ledger), "uploaded", "");
    ledger.restartBuild("run-1");
    expect([ledger.packages("run-1"), ledger.counts("run-1"), transitions(folder)]).toEqual([[], [], []]);
    expect([ledger.packages("run-2").length, ledger.counts("run-2").length]).toEqual([1, 1]);
    ledger.finishBuild("run-1", [pack("p")], [counts]);
    expect(onlyPackage(ledger).state).toBe("built");
  });

  test("a build is recorded as a whole or not at all", () => {
    const ledger = ledgerIn(temporaryFolder());
    startRun(ledger);
    const twice = [pack("p"), pack("q", { position: 2, executionId: "id-of-p" })];
    expect(() => {
      ledger.finishBuild("run-1", twice, [counts]);
    }).toThrow(/UNIQUE/);
    expect(ledger.run("run-1")?.phase).toBe("building");
    expect([ledger.packages("run-1"), ledger.counts("run-1")]).toEqual([[], []]);
  });

  test("packages come in the order of loading, not of their names", () => {
    const ledger = ledgerIn(temporaryFolder());
    startRun(ledger);
    const keys = ["p-1000", "p-002", "p-010"];
    ledger.finishBuild(
      "run-1",
      keys.map((key, index) => pack(key, { position: 3 - index })),
      [],
    );
    expect(ledger.packages("run-1").map(({ key }) => key)).toEqual(["p-010", "p-002", "p-1000"]);
  });
});
