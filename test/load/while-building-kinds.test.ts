import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { SendingOptions } from "../../src/load/load-options.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import type { RunSummary } from "../../src/rejection/summary.ts";
import { smallProject, vendorsWithOneRefused } from "../e2e/small-project.ts";
import { twoPassProject, twoPassSetup } from "../e2e/two-pass-project.ts";
import { folderWith } from "../project/temporary-project.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { headers, lines, orderFiles, orderLines, orders } from "./composite-project.ts";
import { loadScene, type LoadScene } from "./load-scene.ts";

/* Packages that are sent while others are built: what is bound together stays so. */

const early = { sending: "whileBuilding" } as const satisfies Partial<SendingOptions>;

function comparable({ entities, packages, rejections, exitCode, balanced }: RunSummary): unknown {
  const built = packages.map(({ key, pass, records, sha256, status }) => ({
    key,
    pass,
    records,
    sha256,
    status,
  }));
  return { entities, packages: built, rejections, exitCode, balanced };
}

async function rowsOf({ sandbox }: LoadScene, sets: readonly string[]): Promise<readonly unknown[]> {
  const client = new SandboxClient(sandbox);
  const rows: Record<string, unknown>[] = [];
  for (const set of sets) rows.push(...(await client.rows(`/data/${set}`)));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== "@odata.etag")),
  );
}

/** Loads until an entity is begun to be read, and is stopped there. */
async function stoppedAt(scene: LoadScene, entity: string, options: Partial<SendingOptions>) {
  const stop = new AbortController();
  return await runLoad(
    scene.options({
      ...early,
      ...options,
      signal: stop.signal,
      listener: (event) => {
        if (event.kind === "reading" && event.entity === entity) stop.abort();
      },
    }),
  );
}

describe("parts of a composite entity", () => {
  const customers = `entity: Customer groups
source: { file: data/groups.csv }
legalEntity: USMF
fields: { CUSTOMERGROUPID: CODE, DESCRIPTION: TEXT }
`;

  /** Customer groups, which go by themselves, and orders with a customer nobody knows among them. */
  async function scene(): Promise<LoadScene> {
    const files = orderFiles({
      orders: orders("SO1 C1", "SO2 NOBODY", "SO3 C1"),
      lines: orderLines("L1 SO1 1", "L2 SO2 2", "L3 SO3 3", "L4 SO9 4"),
    });
    return await loadScene(
      {},
      (environments) => {
        const yaml = (files["mappings/project.yaml"] ?? "")
          .replace("[lines.yaml,", "[groups.yaml, lines.yaml,")
          .concat('packages: { diskLimit: "0.000001 MB" }\n')
          .replace(
            "environments: { sandbox: { kind: sandbox } }",
            stringify({ environments, defaults: { environment: "uat" } }).trimEnd(),
          );
        const root = folderWith({
          ...files,
          "mappings/project.yaml": yaml,
          "mappings/groups.yaml": customers,
          "data/groups.csv": "CODE,TEXT\n10,Wholesale\n20,Retail\n",
        });
        return {
          root,
          write: (name, content) => {
            writeFileSync(path.join(root, name), content);
          },
          remove: () => {
            rmSync(root, { recursive: true, force: true });
          },
        };
      },
      {},
      { referenceData: { "Customers V3": { "*": [{ CUSTOMERACCOUNT: "C1" }] } } },
    );
  }
  const sets = ["CustomerGroups", "SalesOrderHeadersV2", "SalesOrderLines"];

  test("go when the last of them was read, and a stop between them begins them anew", async () => {
    const quiet = await scene();
    const undisturbed = await runLoad(quiet.options());
    expect(undisturbed.summary).toMatchObject({ exitCode: 4, balanced: true });
    const here = await scene();
    const stopped = await stoppedAt(here, lines, {});
    expect(stopped).toMatchObject({ resumable: true, summary: { exitCode: 8, balanced: true } });
    // The orders were read, and are not counted as read while their lines were not.
    expect(stopped.summary.entities.map(({ entity }) => entity)).toEqual(["Customer groups"]);
    expect(here.imports()).toBe(1);
    const { summary } = await resumeLoad(here.options(), undefined);
    expect(comparable(summary)).toEqual(comparable(undisturbed.summary));
    expect(await rowsOf(here, sets)).toEqual(await rowsOf(quiet, sets));
    expect(here.imports()).toBe(quiet.imports());
    const read = here.events.flatMap((event) =>
      event.kind === "reading" && event.finished ? [event.entity] : [],
    );
    expect(read).toEqual([headers, lines]);
  });
});

describe("second passes", () => {
  async function scene(): Promise<LoadScene> {
    const make = (environments: Readonly<Record<string, unknown>>) => {
      const made = twoPassProject({ environments });
      return {
        ...made,
        write: (name: string, content: string | Buffer) => {
          made.write(name, String(content));
        },
      };
    };
    return await loadScene({}, make, {}, twoPassSetup);
  }
  const sets = ["OwnTeams", "OwnMembers"];
  const optionsOf = (here: LoadScene, changes: Partial<SendingOptions> = {}): SendingOptions =>
    here.options({ catalogue: EntityCatalogue.of(here.project.root), ...changes });

  test("wait for the end of all first ones, and end as ever; so does what was stopped before them", async () => {
    const quiet = await scene();
    const undisturbed = await runLoad(optionsOf(quiet));
    expect(undisturbed.summary).toMatchObject({ exitCode: 4, balanced: true });
    expect(undisturbed.summary.packages.some(({ pass }) => pass === 2)).toBe(true);
    const here = await scene();
    const { summary } = await runLoad(optionsOf(here, early));
    expect(comparable(summary)).toEqual(comparable(undisturbed.summary));
    expect(await rowsOf(here, sets)).toEqual(await rowsOf(quiet, sets));

    const again = await scene();
    const [, second = ""] = undisturbed.summary.entities.map(({ entity }) => entity);
    const catalogue = EntityCatalogue.of(again.project.root);
    expect(await stoppedAt(again, second, { catalogue })).toMatchObject({ resumable: true });
    const resumed = await resumeLoad(optionsOf(again), undefined);
    expect(comparable(resumed.summary)).toEqual(comparable(undisturbed.summary));
    expect(await rowsOf(again, sets)).toEqual(await rowsOf(quiet, sets));
    expect(again.imports()).toBe(quiet.imports());
  });
});

describe("a canary", () => {
  /** So little room that the vendors are read when the groups are over, and not before. */
  async function scene(setup?: Readonly<Record<string, unknown>>): Promise<LoadScene> {
    const make = (environments: Readonly<Record<string, unknown>>) =>
      smallProject({
        environments,
        packages: { diskLimit: "0.000001 MB" },
        vendors: vendorsWithOneRefused.replace(
          "NO;NAME;GROUP;TERM\n",
          "NO;NAME;GROUP;TERM\nV0;First;GONE;Net30\n",
        ),
      });
    return await loadScene({}, make, {}, setup);
  }

  test("of an entity goes ahead of the rest of it, and stops what has not begun", async () => {
    const here = await scene();
    const stopped = await runLoad(here.options({ ...early, canaryRecords: 1 }));
    expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-CANARY" } });
    expect(stopped.error?.message).toMatch(
      /^The first 1 record of Vendors V2 in USMF went ahead of the rest: F&O rejected 1 of them; canary allows 0\. In F&O by this run: 2 records of Vendor groups\. Not sent: 1 package with 3 records\.$/,
    );
    expect(stopped.summary).toMatchObject({ exitCode: 12, balanced: true });
    // Two packages of groups, and the canary of the vendors.
    expect(here.imports()).toBe(3);
    const { summary } = await resumeLoad(here.options({ despiteRejections: true }), undefined);
    expect(summary).toMatchObject({ exitCode: 4, balanced: true });
    expect(summary.entities).toMatchObject([{ created: 2 }, { created: 2, rejectedTarget: 2 }]);
    expect(here.imports()).toBe(4);
  });

  test("that stops the load while a later entity is read ends the reading: nothing of that is sent", async () => {
    const here = await scene({ fieldSizes: { "Vendor groups": { DESCRIPTION: 5 } } });
    const stopped = await runLoad(here.options({ ...early, canaryRecords: 1 }));
    expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-CANARY" } });
    expect(stopped.summary).toMatchObject({ exitCode: 12, balanced: true });
    expect(stopped.summary.entities.map(({ entity }) => entity)).toEqual(["Vendor groups"]);
    expect(here.imports()).toBe(1);
  });
});

describe("a deadline, while reading waits for room on the disk", () => {
  async function scene(settings: Parameters<typeof loadScene>[0] = {}): Promise<LoadScene> {
    return await loadScene(settings, (environments) =>
      smallProject({ environments, packages: { diskLimit: "0.000001 MB" } }),
    );
  }

  test("that comes while F&O works ends the waiting and the reading", async () => {
    const here = await scene({ targetDelayMs: 2000 });
    let aheadMs = 0;
    const clock = { now: () => Date.now() + aheadMs };
    const deadline = { at: Date.now() + 3_600_000, given: "--until 05:30" };
    const short = await runLoad(
      here.options({
        ...early,
        clock,
        deadline,
        listener: (event) => {
          if (event.kind === "package" && event.state === "executing") aheadMs = 3_600_000;
        },
      }),
    );
    expect(short).toMatchObject({ resumable: true, error: { code: "DMFP-DEADLINE" } });
    expect(short.summary.packages.map(({ status }) => status)).toEqual(["executing"]);
    const { summary } = await resumeLoad(here.options(), undefined);
    expect(summary).toMatchObject({ exitCode: 4, balanced: true });
    expect(here.imports()).toBe(2);
  });

  test("that nothing which takes the room would meet ends the load at once, not when it has come", async () => {
    const here = await scene({ targetDelayMs: 300 });
    expect((await runLoad(here.options())).summary.exitCode).toBe(4);
    const before = here.imports();
    // It stands still: what ends the load is not the time.
    const clock = { now: () => 1_800_000_000_000 };
    const deadline = { at: clock.now() + 200, given: "--until 05:30" };
    const short = await runLoad(here.options({ ...early, clock, deadline }));
    expect(short).toMatchObject({ resumable: true, error: { code: "DMFP-DEADLINE" } });
    expect(short.error?.message).toBe(
      "1 package with 2 records was not begun, because F&O would not have been done with it in time (--until 05:30). Everything that was begun is over. What is left takes the room that packages.diskLimit allows, so the sources behind it were not read.",
    );
    expect(short.summary.packages.map(({ status }) => status)).toEqual(["built"]);
    expect(here.imports()).toBe(before);
    const { summary } = await resumeLoad(here.options(), undefined);
    expect(summary).toMatchObject({ exitCode: 4, balanced: true });
  });
});
