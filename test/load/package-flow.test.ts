import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import type { PlannedLoad } from "../../src/load/load-plan.ts";
import { PackageFlow, type FlowDelivery, type FlowOptions } from "../../src/load/sending/package-flow.ts";
import type { PackageState } from "../../src/load/ledger/package-state.ts";
import { RunStop } from "../../src/load/sending/run-stop.ts";
import type { SendLane } from "../../src/load/sending/send-lanes.ts";

/** An F&O that takes a random while for everything, and writes down what went on side by side. */
class Place implements FlowDelivery {
  readonly log: string[] = [];
  calling = 0;
  working = 0;
  mostCalling = 0;
  mostWorking = 0;
  mostUploading = 0;
  #uploading = 0;
  readonly #delayMs: (step: "upload" | "import") => number;
  readonly #failing: ReadonlySet<string>;

  constructor(delayMs: (step: "upload" | "import") => number, failing: ReadonlySet<string>) {
    this.#delayMs = delayMs;
    this.#failing = failing;
  }

  sender(pack: LedgerPackage) {
    let now = pack;
    return {
      send: async (upTo: "uploaded" | "executing" | "collecting" = "collecting") => {
        if (upTo === "uploaded") {
          this.mostUploading = Math.max(this.mostUploading, ++this.#uploading);
          await wait(this.#delayMs("upload"));
          this.#uploading--;
          now = { ...now, state: "uploaded" };
        } else if (upTo === "executing") {
          this.log.push(`begin ${pack.key}`);
          this.mostCalling = Math.max(this.mostCalling, ++this.calling);
          this.mostWorking = Math.max(this.mostWorking, ++this.working);
          await wait(this.#delayMs("import"));
          this.calling--;
          now = { ...now, state: "executing" };
        } else {
          await wait(this.#delayMs("import"));
          this.working--;
          this.log.push(`executed ${pack.key}`);
          now = { ...now, state: "collecting" };
        }
        return now;
      },
    };
  }

  async collect(pack: LedgerPackage): Promise<LedgerPackage> {
    await wait(this.#delayMs("import"));
    this.log.push(`over ${pack.key}`);
    return { ...pack, state: this.#failing.has(pack.key) ? "failed" : "done" };
  }

  skip(pack: LedgerPackage): LedgerPackage {
    this.log.push(`over ${pack.key}`);
    return { ...pack, state: "unprocessed" };
  }

  stopWaiting(): void {
    this.log.push("stop");
  }
}

function pack(key: string, position: number, more: Partial<LedgerPackage> = {}): LedgerPackage {
  const state: PackageState = "built";
  return {
    key,
    position,
    legalEntity: "USMF",
    dataProject: key,
    file: `packages/${key}.zip`,
    sha256: "",
    sizeBytes: 1,
    executionId: key,
    state,
    environmentStatus: null,
    message: null,
    unattributed: 0,
    parts: [],
    ...more,
  };
}

function flowOf(lanes: readonly SendLane[], place: Place, more: Partial<FlowOptions> = {}): PackageFlow {
  const stop = new RunStop({ signal: undefined, graceMs: 0, clock: systemClock });
  return new PackageFlow({
    lanes,
    delivery: place,
    stop,
    sideBySide: 1,
    parallelCalls: false,
    uploadsAhead: 2,
    plannedOf: () => [],
    inFlight: () => place.working,
    beforeImports: () => Promise.resolve(),
    blockedBy: () => undefined,
    isInTime: () => true,
    tooLate: () => new DmfpipeError("DMFP-DEADLINE", "late"),
    onBegin: () => undefined,
    onOver: () => undefined,
    ...more,
  });
}

const anyLanes = fc
  .array(
    fc.record({
      packages: fc.integer({ min: 1, max: 4 }),
      waits: fc.array(fc.nat(5)),
      several: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((drafts) => {
    let position = 0;
    return drafts.map((draft, lane): SendLane => ({
      dataProject: `P${lane}`,
      legalEntity: "USMF",
      packages: Array.from({ length: draft.packages }, (_, index) => pack(`${lane}-${index}`, ++position)),
      // How many entities there are is all that the flow looks at.
      entities: Array.from({ length: draft.several ? 2 : 1 }, () => ({}) as PlannedLoad),
      waitsFor: [...new Set(draft.waits)].filter((other) => other < lane),
    }));
  });

test("property: whatever takes how long, order and limits hold, and every package has its turn once", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLanes,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.infiniteStream(fc.nat(3)),
      async (lanes, sideBySide, parallelCalls, delays) => {
        const place = new Place(() => delays.next().value as number, new Set());
        await flowOf(lanes, place, { sideBySide, parallelCalls }).run();
        const { log } = place;
        const keys = lanes.flatMap(({ packages }) => packages.map(({ key }) => key));
        expect(log.filter((line) => line.startsWith("begin")).sort()).toEqual(
          keys.map((key) => `begin ${key}`).sort(),
        );
        expect(place.mostWorking).toBeLessThanOrEqual(sideBySide);
        expect(place.mostCalling).toBeLessThanOrEqual(parallelCalls ? sideBySide : 1);
        expect(place.mostUploading).toBe(1);
        const at = (line: string): number => log.indexOf(line);
        for (const { packages, waitsFor, entities } of lanes) {
          for (const [index, { key }] of packages.entries()) {
            const before = packages[index - 1];
            const end = entities.length > 1 ? "over" : "executed";
            if (before !== undefined) expect(at(`${end} ${before.key}`)).toBeLessThan(at(`begin ${key}`));
            for (const other of waitsFor.flatMap((lane) => lanes[lane]?.packages ?? [])) {
              expect(at(`over ${other.key}`)).toBeLessThan(at(`begin ${key}`));
            }
          }
        }
        const begun = log.filter((line) => line.startsWith("begin")).map((line) => line.slice(6));
        const plain = lanes.every(({ waitsFor, entities }) => waitsFor.length === 0 && entities.length === 1);
        if (sideBySide === 1 && plain) expect(begun).toEqual(keys);
      },
    ),
    { numRuns: 60 },
  );
});

const lane = (key: string, position: number, waitsFor: readonly number[] = []): SendLane => ({
  dataProject: key,
  legalEntity: "USMF",
  packages: [pack(key, position)],
  entities: [{} as PlannedLoad],
  waitsFor,
});

test("the next packages are uploaded while one is imported, and no more than two", async () => {
  const uploaded: string[] = [];
  const seen: string[][] = [];
  const place = new Place((step) => (step === "upload" ? 1 : 30), new Set());
  const own = place.sender.bind(place);
  place.sender = (given) => {
    const { send } = own(given);
    return {
      send: async (upTo) => {
        const result = await send(upTo);
        if (upTo === "uploaded") uploaded.push(given.key);
        if (upTo === "collecting") seen.push([...uploaded]);
        return result;
      },
    };
  };
  await flowOf([lane("a", 1), lane("b", 2), lane("c", 3), lane("d", 4), lane("e", 5)], place).run();
  expect(seen[0]).toEqual(["a", "b", "c"]);
});

test("rejections are collected while the next package is imported", async () => {
  const place = new Place(() => 3, new Set());
  await flowOf([lane("a", 1), lane("b", 2)], place).run();
  const { log } = place;
  expect(log.indexOf("begin b")).toBeLessThan(log.indexOf("over a"));
});

test("what waits for a package that failed is not sent, and what does not wait is", async () => {
  const failed = new Set<string>();
  const place = new Place(() => 1, new Set(["a"]));
  await flowOf([lane("a", 1), lane("b", 2), lane("c", 3, [0])], place, {
    onOver: (over) => {
      if (over.state === "failed") failed.add(over.key);
      return undefined;
    },
    blockedBy: ({ key }) => (key === "c" && failed.has("a") ? "a" : undefined),
  }).run();
  expect(place.log).toContain("begin b");
  expect(place.log).not.toContain("begin c");
});

test("an objection lets end what has begun, and begins nothing more", async () => {
  const place = new Place(() => 2, new Set());
  const objection = new DmfpipeError("DMFP-ENVIRONMENT-BUDGET", "too many");
  const flow = flowOf([lane("a", 1), lane("b", 2), lane("c", 3), lane("d", 4)], place, {
    sideBySide: 2,
    onOver: ({ key }) => (key === "a" ? objection : undefined),
  });
  await expect(flow.run()).rejects.toBe(objection);
  const begun = place.log.filter((line) => line.startsWith("begin")).length;
  expect(place.log.filter((line) => line.startsWith("over"))).toHaveLength(begun);
  expect(begun).toBeLessThan(4);
  expect(place.log).not.toContain("stop");
});

test("a failure ends waiting; the first one is told", async () => {
  const failure = new DmfpipeError("DMFP-IN-DOUBT", "no answer");
  const place = new Place(() => 2, new Set());
  place.collect = () => Promise.reject(failure);
  await expect(flowOf([lane("a", 1), lane("b", 2)], place).run()).rejects.toBe(failure);
  expect(place.log).toContain("stop");
});

test("what would not be over in time is left out, and what is small enough is not", async () => {
  const place = new Place(() => 1, new Set());
  const flow = flowOf([lane("a", 1), lane("large", 2), lane("c", 3)], place, {
    isInTime: ({ key }) => key !== "large",
  });
  await expect(flow.run()).rejects.toMatchObject({ code: "DMFP-DEADLINE" });
  expect(place.log).toEqual(expect.arrayContaining(["over a"]));
  expect(place.log).not.toContain("begin large");
});

test("a canary decides about the rest: it waits for its rejections", async () => {
  const place = new Place(() => 2, new Set());
  const packages = [pack("first", 1, { canary: true }), pack("rest", 2)];
  await flowOf([{ ...lane("", 1), packages }], place).run();
  expect(place.log.indexOf("over first")).toBeLessThan(place.log.indexOf("begin rest"));
});
