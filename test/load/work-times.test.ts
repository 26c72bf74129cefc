import type { Profiler } from "node:inspector";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CpuSampling } from "../../src/load/telemetry/cpu-sampling.ts";
import { WorkTimes } from "../../src/load/telemetry/work-times.ts";

const source = path.join(import.meta.dirname, "..", "..", "src");

function node(id: number, where: string, children: readonly number[] = []): Profiler.ProfileNode {
  const url = where.startsWith("(")
    ? ""
    : where.startsWith("node:")
      ? where
      : pathToFileURL(path.join(source, where)).href;
  const functionName = where.startsWith("(") ? where : "work";
  const callFrame = { functionName, scriptId: "1", url, lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, children: [...children] };
}

describe("the times of a thread's work", () => {
  it("count for the innermost function of dmfpipe's own", () => {
    const times = new WorkTimes();
    times.add({
      nodes: [
        node(1, "(root)", [2, 8, 9, 10]),
        node(2, "load/packing/build-packages.ts", [3, 5]),
        node(3, "source/xml-records.ts", [4]),
        node(4, "node:buffer"),
        node(5, "load/reading/read-entity.ts", [6]),
        node(6, "mapping/record-mapper.ts", [7]),
        node(7, "errors/reason.ts"),
        node(8, "(garbage collector)"),
        node(9, "(idle)"),
        node(10, "node:internal/modules"),
      ],
      samples: [2, 3, 4, 5, 6, 7, 8, 9, 10, 4],
      timeDeltas: [1000, 2000, 3000, 500, 500, 100, 7000, 9000, 4000, -50],
      startTime: 0,
      endTime: 0,
    });
    expect(Object.fromEntries(times.ms)).toEqual({
      packing: 1,
      reading: 5,
      mapping: 1,
      other: 4.1,
      memory: 7,
      waiting: 9,
    });
  });

  it("come from Node's own profiler, with what was done while it looked", async () => {
    const profiles: Profiler.Profile[] = [];
    const sampling = await CpuSampling.begin({ inOne: true, take: (profile) => profiles.push(profile) });
    let spent = 0;
    const before = process.threadCpuUsage();
    while (spent < 30_000) spent = process.threadCpuUsage(before).user;
    await sampling.end();
    const times = new WorkTimes();
    for (const profile of profiles) times.add(profile);
    expect(profiles).toHaveLength(1);
    // This file is none of dmfpipe's own.
    expect([...times.ms.keys()]).toContain("other");
  });
});
