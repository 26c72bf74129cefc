import { onTestFinished } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import type { ConnectionSource, SendingOptions } from "../../src/load/load-options.ts";
import type { LoadSettings } from "../../src/load/load-settings.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { readProject } from "../../src/project/project.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { smallProject, startEnvironment, type SmallProject } from "../e2e/small-project.ts";
import { connectionToSandbox } from "../environment/connection.ts";
import { quickRetry } from "../environment/quick-retry.ts";

const quick: Partial<LoadSettings> = { firstPollMs: 1, longestPollMs: 8, doubtGraceMs: 30, keysFileMs: 5000 };

export interface LoadScene {
  readonly project: SmallProject;
  readonly sandbox: Sandbox;
  readonly events: readonly LoadEvent[];
  readonly connection: ConnectionSource;
  /** How many calls of ImportFromPackage reached F&O. */
  readonly imports: () => number;
  /** What a load of the project takes, as it is on disk now. */
  readonly options: (changes?: Partial<SendingOptions>) => SendingOptions;
}

/** A project of the end-to-end tests, by default the small one, and an F&O, inside this process. */
export async function loadScene(
  settings: Partial<SandboxSettings> = {},
  make: (environments: Readonly<Record<string, unknown>>) => SmallProject = (environments) =>
    smallProject({ environments }),
  overrides: Readonly<Record<string, unknown>> = {},
  setup?: Readonly<Record<string, unknown>>,
): Promise<LoadScene> {
  const counter: Fault = { on: "ImportFromPackage", times: "always", delayMs: 0 };
  const running = await startEnvironment(
    { ...settings, faults: [...(settings.faults ?? []), counter] },
    overrides,
    setup,
  );
  onTestFinished(running.stop);
  const { sandbox, environments } = running;
  const project = make(environments);
  onTestFinished(project.remove);
  const events: LoadEvent[] = [];
  const connection: ConnectionSource = {
    open: () => Promise.resolve(connectionToSandbox(sandbox)),
    close: () => Promise.resolve(),
  };
  return {
    project,
    sandbox,
    events,
    connection,
    imports: () => sandbox.firedFaults().filter(({ operation }) => operation === "ImportFromPackage").length,
    options: (changes = {}) => {
      const read = readProject("mappings/project.yaml", project.root);
      const definition = read.environments["uat"];
      if (definition === undefined) throw new Error("uat");
      return {
        project: read,
        environmentName: "uat",
        definition,
        catalogue: EntityCatalogue.builtIn(),
        clock: systemClock,
        version: "0.1.0",
        listener: (event) => events.push(event),
        retry: quickRetry,
        connection,
        ...changes,
        settings: { ...quick, ...changes.settings },
      };
    },
  };
}
