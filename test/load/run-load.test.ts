import { existsSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import type { ConnectionSource, SendingOptions } from "../../src/load/load-options.ts";
import type { LoadSettings } from "../../src/load/load-settings.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { smallProject, startEnvironment } from "../e2e/small-project.ts";
import { connectionToSandbox } from "../environment/connection.ts";
import { failureOf } from "../environment/failure.ts";
import { quickRetry } from "../environment/quick-retry.ts";

const quick: Partial<LoadSettings> = { firstPollMs: 1, longestPollMs: 8, doubtGraceMs: 30, keysFileMs: 5000 };

interface Scene {
  readonly events: readonly LoadEvent[];
  /** How many calls of ImportFromPackage reached F&O. */
  readonly imports: () => number;
  readonly options: (changes?: Partial<LoadSettings>, environmentName?: string) => SendingOptions;
}

/** The small project of the end-to-end tests and an F&O, inside this process. */
async function scene(settings: Partial<SandboxSettings> = {}, faults: readonly Fault[] = []): Promise<Scene> {
  const counter: Fault = { on: "ImportFromPackage", times: 1000, delayMs: 0 };
  const running = await startEnvironment({ ...settings, faults: [...faults, counter] });
  onTestFinished(running.stop);
  const { sandbox, environments } = running;
  const { root, remove } = smallProject({ environments: { ...environments, prod: environments["uat"] } });
  onTestFinished(remove);
  const project = readProject("mappings/project.yaml", root);
  const events: LoadEvent[] = [];
  const connection: ConnectionSource = {
    open: () => Promise.resolve(connectionToSandbox(sandbox)),
    close: () => Promise.resolve(),
  };
  return {
    events,
    imports: () => sandbox.firedFaults().filter(({ operation }) => operation === "ImportFromPackage").length,
    options: (changes = {}, environmentName = "uat") => {
      const definition = project.environments[environmentName];
      if (definition === undefined) throw new Error(environmentName);
      return {
        project,
        environmentName,
        definition,
        catalogue: EntityCatalogue.builtIn(),
        clock: systemClock,
        version: "0.1.0",
        listener: (event) => events.push(event),
        settings: { ...quick, ...changes },
        retry: quickRetry,
        connection,
      };
    },
  };
}

describe("resume", () => {
  test("goes on in the environment the run was begun in, and in no other", async () => {
    const { options, imports } = await scene({ targetDelayMs: 200 });
    const stopped = await runLoad(options({ importDeadlineMs: 1 }));
    expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-POLL-DEADLINE" } });
    const { run } = stopped.summary;
    const error = await failureOf(resumeLoad(options({}, "prod"), run));
    expect(error).toMatchObject({ code: "DMFP-USAGE", next: `dmfpipe resume ${run} --env uat` });
    expect((await failureOf(resumeLoad(options({}, "prod"), undefined))).code).toBe("DMFP-NOTHING-TO-DO");
    expect(imports()).toBe(1);
    const resumed = await resumeLoad(options(), run);
    expect(resumed.summary).toMatchObject({ run, exitCode: 4, balanced: true });
    expect(imports()).toBe(2);
    expect((await failureOf(resumeLoad(options(), run))).code).toBe("DMFP-NOTHING-TO-DO");
    expect((await failureOf(resumeLoad(options(), "nobody"))).code).toBe("DMFP-RUN-UNKNOWN");
  });

  test("does not send a package that was changed on disk, or one that is gone", async () => {
    const { options, imports } = await scene({}, [{ on: "GetAzureWriteUrl", times: 3, status: 503 }]);
    const stopped = await runLoad(options());
    expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-HTTP-TEMPORARY" } });
    const file = stopped.folder.packageFile("001-vendor-groups-usmf-001");
    writeFileSync(file, "something else");
    expect((await resumeLoad(options(), undefined)).error?.code).toBe("DMFP-RUN-FILE");
    rmSync(file);
    expect((await resumeLoad(options(), undefined)).error?.code).toBe("DMFP-RUN-FILE");
    expect(imports()).toBe(0);
  });
});

describe("what depends on a package that failed", () => {
  test("is not sent, in the company it failed in, and counts as unprocessed", async () => {
    const words =
      "The data project cannot be used; see https://x.blob.core.windows.net/y?sv=1&sig=geheim%3D&se=2";
    const body = JSON.stringify({ error: { message: "", innererror: { message: words } } });
    const { options, imports, events } = await scene({}, [{ on: "ImportFromPackage", status: 400, body }]);
    const { summary, error, folder } = await runLoad(options());
    expect(summary.packages.map(({ status }) => status)).toEqual(["failed", "unprocessed"]);
    expect(summary.entities).toMatchObject([
      { unprocessed: 2, balanced: true },
      { unprocessed: 3, balanced: true },
    ]);
    expect(summary.exitCode).toBe(6);
    expect(error?.code).toBe("DMFP-PACKAGE-REFUSED");
    expect(imports()).toBe(1);
    // F&O quoted an address with its signature; nobody is shown it.
    expect(JSON.stringify([summary, events, error?.message])).toContain("sig=***");
    expect(JSON.stringify([summary, events, error?.message])).not.toContain("geheim");
    expect(existsSync(folder.summaryFile)).toBe(true);
    expect((await failureOf(resumeLoad(options(), undefined))).code).toBe("DMFP-NOTHING-TO-DO");
  });
});

describe("collecting", () => {
  test("says so when the keys file F&O promised does not come; the other channels still speak", async () => {
    const { options } = await scene({ keysFilePolls: 100_000 });
    const { summary } = await runLoad(options({ keysFileMs: 50 }));
    expect(summary).toMatchObject({ exitCode: 4, balanced: true, rejections: { total: 1, unattributed: 1 } });
  });

  test("is repeated as a whole after a failure, and counts nothing twice", async () => {
    const { options, imports } = await scene({}, [{ on: "GetExecutionErrors", times: 3, status: 503 }]);
    const stopped = await runLoad(options());
    expect(stopped.error?.code).toBe("DMFP-HTTP-TEMPORARY");
    const { summary } = await resumeLoad(options(), undefined);
    expect(summary).toMatchObject({ exitCode: 4, balanced: true, rejections: { total: 1, unattributed: 0 } });
    expect(imports()).toBe(2);
  });
});
