import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { abandonRun, findOpenRun, whatIsGivenUp } from "../../src/load/abandon/abandon-run.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import type { RunResult } from "../../src/load/load-options.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { EnvironmentLock } from "../../src/load/sending/environment-lock.ts";
import { vendorsMapping } from "../e2e/small-project.ts";
import { failureOf } from "../environment/failure.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { loadScene, type LoadScene } from "./load-scene.ts";

/** Gives the run up as the command does. `later`: how much the clock has gone on since. */
async function abandon(scene: LoadScene, run: string, later = 0): Promise<RunResult> {
  const { project, catalogue, retry } = scene.options();
  const ledger = Ledger.open(ledgerFile(project.root), systemClock);
  try {
    return await abandonRun(
      {
        project,
        catalogue,
        ledger,
        clock: { now: () => systemClock.now() + later },
        connection: scene.connection,
        again: "dmfpipe abandon",
        ...(retry === undefined ? {} : { retry }),
      },
      run,
    );
  } finally {
    ledger.close();
  }
}

function ledgerOf(scene: LoadScene): Ledger {
  const ledger = Ledger.open(ledgerFile(scene.project.root), systemClock);
  onTestFinished(() => {
    ledger.close();
  });
  return ledger;
}

const states = ({ summary }: RunResult): readonly string[] => summary.packages.map(({ status }) => status);

describe("a load that is given up", () => {
  test("is over: what was not sent is unprocessed, the equations hold, and nobody can resume it", async () => {
    const here = await loadScene({ faults: [{ on: "ImportFromPackage", nth: 2, times: 3, status: 429 }] });
    const stopped = await runLoad(here.options());
    expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-HTTP-TEMPORARY" } });
    const { run } = stopped.summary;
    const ledger = ledgerOf(here);
    const open = findOpenRun(ledger, "uat", undefined);
    expect(open.id).toBe(run);
    expect(whatIsGivenUp(open, ledger.packages(run))).toBe(
      "In F&O by this run: 2 records of Vendor groups. Not sent: 1 package with 3 records.",
    );
    const { summary, folder, resumable } = await abandon(here, run);
    expect(resumable).toBe(false);
    expect(summary).toMatchObject({
      run,
      status: "abandoned",
      exitCode: 8,
      balanced: true,
      entities: [
        { entity: "Vendor groups", created: 2, unprocessed: 0 },
        { entity: "Vendors V2", packaged: 3, created: 0, unprocessed: 3, balanced: true },
      ],
      packages: [{ status: "done" }, { status: "unprocessed", message: "Not sent: the load was given up." }],
    });
    expect(JSON.parse(readFileSync(folder.summaryFile, "utf8"))).toEqual(summary);
    expect(readFileSync(folder.reportFile, "utf8")).toContain("Given up");
    expect(readFileSync(folder.logFile, "utf8")).toContain("the load was given up");
    expect(ledger.run(run)).toMatchObject({ phase: "finished", status: "abandoned", exitCode: 8 });
    expect((await failureOf(resumeLoad(here.options(), undefined))).code).toBe("DMFP-NOTHING-TO-DO");
    expect((await failureOf(abandon(here, run))).code).toBe("DMFP-NOTHING-TO-DO");
    // A new load begins, and updates what is there.
    const again = await runLoad(here.options());
    expect(again.summary).toMatchObject({ exitCode: 4, balanced: true });
    expect(again.summary.entities[0]).toMatchObject({ created: 0, updated: 2 });
  });

  test("although a mapping was changed since, or cannot be used any more", async () => {
    const here = await loadScene({ faults: [{ on: "GetAzureWriteUrl", times: 3, status: 503 }] });
    here.project.write("data/vendors.csv", "NO;NAME;GROUP;TERM\nV1;No group;;Net30\nV2;Smith;ABROAD;Net10\n");
    const stopped = await runLoad(here.options());
    const { rejections } = stopped.summary;
    expect(rejections.total).toBe(1);
    here.project.write("mappings/vendors.yaml", vendorsMapping.replace("VENDORGROUPID", "NOSUCHFIELD"));
    const error = await failureOf(resumeLoad(here.options(), undefined));
    expect(error.entry.exitCode).toBe(2);
    const { summary, folder } = await abandon(here, stopped.summary.run);
    expect(summary).toMatchObject({ status: "abandoned", balanced: true, rejections });
    expect(states({ summary } as RunResult)).toEqual(["unprocessed", "unprocessed"]);
    const csv = readFileSync(path.join(folder.rejections, "vendors-v2.rejected.csv"), "utf8");
    expect(csv).toContain("\r\nV1;No group;;Net30;");
  });

  test("that was killed while it built leaves nothing to ask", async () => {
    const here = await loadScene();
    const ledger = ledgerOf(here);
    ledger.startRun({
      id: "20261123-000000-0000",
      command: "load",
      project: "small",
      environment: "uat",
      fingerprint: "",
      fingerprintParts: "{}",
    });
    const { summary } = await abandon(here, "20261123-000000-0000");
    expect(summary).toMatchObject({ status: "abandoned", balanced: true, entities: [], packages: [] });
    expect(here.imports()).toBe(0);
  });
});

describe("where F&O has a package, or may have it, it is asked", () => {
  test("while it works on one, nothing is given up; when it is done, its counts are taken", async () => {
    const here = await loadScene({ faults: [{ on: "ImportFromPackage", nth: 2, stuck: true }] });
    const stopped = await runLoad(here.options({ settings: { importDeadlineMs: 300 } }));
    expect(stopped.error?.code).toBe("DMFP-POLL-DEADLINE");
    const { run } = stopped.summary;
    const refused = await failureOf(abandon(here, run));
    expect(refused).toMatchObject({ code: "DMFP-RUN-OPEN", entry: { exitCode: 5 } });
    expect(refused.message).toContain("F&O still works on it (Executing). Nothing was given up.");
    expect(refused.next).toContain("dmfpipe abandon");
    expect(
      ledgerOf(here)
        .packages(run)
        .map(({ state }) => state),
    ).toEqual(["done", "executing"]);
    const [, open] = stopped.summary.packages;
    const released = await fetch(`${here.sandbox.url}/__sandbox/stuck/${open?.executionId ?? ""}`, {
      method: "DELETE",
    });
    expect(released.status).toBe(204);
    const { summary } = await vi.waitFor(() => abandon(here, run), { timeout: 30_000 });
    // V3 is refused by F&O; which record that was is not asked any more.
    expect(summary).toMatchObject({
      status: "abandoned",
      balanced: true,
      entities: [{ created: 2 }, { created: 2, rejectedTarget: 0, unprocessed: 1 }],
      packages: [{ status: "done" }, { status: "done" }],
    });
    expect(here.imports()).toBe(2);
  });

  test("and what it never took is given up only when it cannot come any more", async () => {
    const here = await loadScene({ faults: [{ on: "ImportFromPackage", nth: 1, drop: true }] }, undefined, {
      onInDoubt: "stop",
    });
    const stopped = await runLoad(here.options());
    expect(stopped.error?.code).toBe("DMFP-IN-DOUBT");
    const { run } = stopped.summary;
    const early = await failureOf(abandon(here, run));
    expect(early).toMatchObject({ code: "DMFP-RUN-OPEN" });
    expect(early.next).toMatch(/^Wait \d+ seconds, then: dmfpipe abandon/);
    expect((await failureOf(abandon(here, run, -2 * 3_600_000))).code).toBe("DMFP-RUN-OPEN");
    const { summary } = await abandon(here, run, 3_600_000);
    expect(states({ summary } as RunResult)).toEqual(["failed", "unprocessed"]);
    expect(summary.entities).toMatchObject([
      { unprocessed: 2, balanced: true },
      { unprocessed: 3, balanced: true },
    ]);
    expect(
      await new SandboxClient(here.sandbox).rows("/data/VendorGroups?cross-company=true"),
    ).not.toContainEqual(expect.objectContaining({ VendorGroupId: "LOCAL" }));
  });

  test("and what it has counts of, but does not tell the status of yet, is not taken to be over", async () => {
    const here = await loadScene(
      {
        faults: [{ on: "ImportFromPackage", nth: 1, when: "after", drop: true }],
        detailsNotFoundPolls: 1_000,
      },
      undefined,
      { onInDoubt: "stop" },
    );
    const stopped = await runLoad(here.options());
    expect(stopped.error?.code).toBe("DMFP-IN-DOUBT");
    const { run } = stopped.summary;
    const refused = await failureOf(abandon(here, run));
    expect(refused.code).toBe("DMFP-RUN-OPEN");
    expect(refused.message).toContain("it does not say how far it is");
    const { summary } = await vi.waitFor(() => abandon(here, run, 3_600_000), { timeout: 30_000 });
    expect(summary).toMatchObject({
      balanced: true,
      entities: [{ created: 2, unprocessed: 0 }, { unprocessed: 3 }],
    });
    expect(here.imports()).toBe(1);
  });

  test("nothing is given up while the load runs", async () => {
    const here = await loadScene({ faults: [{ on: "GetAzureWriteUrl", times: 3, status: 503 }] });
    const stopped = await runLoad(here.options());
    const { run } = stopped.summary;
    const lock = EnvironmentLock.take({
      projectRoot: here.project.root,
      environment: "uat",
      runId: run,
      clock: systemClock,
    });
    expect((await failureOf(abandon(here, run))).code).toBe("DMFP-LOCKED");
    lock.release();
    expect((await failureOf(abandon(here, "nobody"))).code).toBe("DMFP-RUN-UNKNOWN");
    expect(existsSync(stopped.folder.packages)).toBe(true);
  });
});
