import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { CollectedPackage } from "../../src/load/collecting/collect-package.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { runLoad } from "../../src/load/run-load.ts";
import { readCauses } from "../../src/rejection/causes/read-causes.ts";
import { MessageMeaning } from "../../src/rejection/meaning/message-meaning.ts";
import type { Rejection, UnattributedMessage } from "../../src/rejection/rejection.ts";
import { builtPackage, collectFrom, vendorsMapping } from "./collected-package.ts";
import type { Answers } from "./error-answers.ts";
import { loadScene } from "./load-scene.ts";

const harmless = "Entity 'Vendors V2' doesn't have primary or unique key";
const noise = {
  text: "doesn't have primary or unique key",
  entity: "Vendors V2",
  reason: "A warning about the entity.",
  until: "2026-12-31",
  file: "mappings/messages.yaml",
  line: 2,
};

interface Collected {
  readonly collected: CollectedPackage;
  readonly rejections: readonly Rejection[];
  readonly said: readonly UnattributedMessage[];
}

async function collect(answers: Answers): Promise<Collected> {
  const vendors = await builtPackage(vendorsMapping, "data/vendors.csv", "NO,NAME\nV1,Ann\nV2,Bo\nV3,Cy\n");
  const meaning = new MessageMeaning({ messages: { rules: [], noise: [noise] }, today: "2026-11-23" });
  const { collected, rejections, unattributed } = await collectFrom(vendors, answers, meaning);
  return { collected, rejections, said: unattributed };
}

const keysAndCodes = (rejections: readonly Rejection[]): unknown =>
  rejections.map(({ key, reasons }) => [key?.[0], ...reasons.map(({ code }) => code)]);

describe("messages that are declared to be harmless", () => {
  test("about loaded records, about none, and about nobody are noise, and no rejections or unattributed messages", async () => {
    const { collected, rejections, said } = await collect({
      details: { "Vendors V2": [2, 0] },
      errors: [
        ["V1", harmless],
        ["V2", "The vendor is on hold."],
        ["V8", harmless],
        ["V9", "Who is that?"],
        ["", harmless],
      ],
    });
    expect(keysAndCodes(rejections)).toEqual([["V2", "DMFP-FNO-RULE"]]);
    expect(collected).toMatchObject({ unattributed: 1, remarks: 0 });
    const reason = "A warning about the entity.";
    expect(said.map(({ recordId, noise: why }) => [recordId, why]).sort()).toEqual([
      ["", reason],
      ["V1", reason],
      ["V8", reason],
      ["V9", undefined],
    ]);
  });

  test("beside a file of refused records, too, where the rest are remarks", async () => {
    const { collected, rejections, said } = await collect({
      details: { "Vendors V2": [2, 0] },
      errors: [
        ["V1", harmless],
        ["V3", "Mind the gap."],
      ],
      keysFile: "V2\r\n",
    });
    expect(keysAndCodes(rejections)).toEqual([["V2", "DMFP-FNO-NO-REASON"]]);
    expect(collected).toMatchObject({ unattributed: 0, remarks: 1 });
    expect(said.map(({ recordId }) => recordId)).toEqual(["V1"]);
  });

  test("do not excuse a record that F&O's counts lack", async () => {
    const { collected, rejections } = await collect({
      details: { "Vendors V2": [1, 0] },
      errors: [
        ["V1", harmless],
        ["V2", "The vendor is on hold."],
        ["V2", harmless],
      ],
    });
    expect(keysAndCodes(rejections)).toEqual([
      ["V1", "DMFP-FNO-NO-REASON", "DMFP-FNO-NOISE"],
      ["V2", "DMFP-FNO-RULE", "DMFP-FNO-NOISE"],
    ]);
    expect(collected).toMatchObject({ unattributed: 0 });
  });
});

test("a load says what its rejections go back to, and warns of a rule for noise that has run out", async () => {
  // The name of V1's group is too long for this environment, so the group is not there; nobody has the term of V3.
  const setup = { fieldSizes: { "Vendor groups": { DESCRIPTION: 8 } } };
  const here = await loadScene({}, undefined, {}, setup);
  here.project.write("data/groups.csv", "CODE;TEXT\r\nLOCAL;Local vendors\r\nABROAD;Abroad\r\n");
  here.project.write(
    "data/vendors.csv",
    "NO;NAME;GROUP;TERM\nV1;Ann;LOCAL;Net30\nV2;Bo;ABROAD;Net10\nV3;Cy;ABROAD;NET99\n",
  );
  here.project.write(
    "mappings/messages.yaml",
    "noise:\n  - text: a warning about nothing\n    reason: It is.\n    until: 2020-01-31\n",
  );
  const events: LoadEvent[] = [];
  const options = here.options();
  const { summary, folder } = await runLoad({ ...options, listener: (event) => events.push(event) });
  expect(summary.rejections).toMatchObject({
    total: 3,
    causes: {
      total: 3,
      own: 0,
      groups: [
        { kind: "rejected", entity: "Vendor groups", causes: 1, records: 2 },
        { kind: "set-up", entity: "Terms of payment", causes: 1, records: 1 },
      ],
      top: [
        { kind: "rejected", key: "LOCAL", records: 2, direct: 1, line: 2 },
        { kind: "set-up", key: "NET99", legalEntity: "USMF", records: 1 },
      ],
    },
  });
  expect(summary.rejections.noise).toBeUndefined();
  expect(readCauses(folder.causesFile)).toEqual(summary.rejections.causes);
  expect(readFileSync(folder.reportFile, "utf8")).toContain("3 of 3 rejected records go back to 2 causes");
  const warnings = events.filter(({ kind }) => kind === "warning").map((event) => JSON.stringify(event));
  expect(warnings.join("\n")).toContain(
    `${path.join("mappings", "messages.yaml")}:2: \\"a warning about nothing\\"`,
  );
});
