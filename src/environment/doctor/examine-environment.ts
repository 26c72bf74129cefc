import type { Clock } from "../../errors/clock.ts";
import type { ExitCode } from "../../errors/exit-code.ts";
import type { EnvironmentConnection } from "../../project/environment-definition.ts";
import type { Variables } from "../proxy-variables.ts";
import { batchFinding } from "./batch-step.ts";
import { examineBlobs } from "./blob-steps.ts";
import { examineAccess, examineAnswer } from "./environment-steps.ts";
import { Examination, orUnseen, type ExaminedStep, type StepListener } from "./examination.ts";
import { examineHost } from "./host-steps.ts";
import { examineMachine } from "./machine-step.ts";
import { examineSetUp, type ProjectNeeds } from "./set-up-steps.ts";
import { examineSignIn } from "./sign-in-steps.ts";
import { openTools, type Tools } from "./tools.ts";

export interface ExaminationOptions {
  /** Fills in the settings of the environment; what it throws is the first finding. */
  readonly connect: () => Promise<EnvironmentConnection>;
  readonly needs: ProjectNeeds;
  /** Variables of the process: proxies, certificates. */
  readonly variables: Variables;
  /** Whether a tiny blob is uploaded. */
  readonly write: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onStep: StepListener;
}

export interface Diagnosis {
  readonly steps: readonly ExaminedStep[];
  /** 0, or that of the first step that failed. */
  readonly exitCode: ExitCode;
}

/**
 * Walks from the settings to a writable blob and says of every step whether it holds: network, TLS, token,
 * registration, role, set-up, batch, blob store. It goes on where that makes sense: a sign-in service that cannot be
 * reached says nothing about the environment's host. Changes nothing in F&O. Throws DMFP-INTERRUPTED only.
 */
export async function examineEnvironment(options: ExaminationOptions): Promise<Diagnosis> {
  const examination = new Examination(options.onStep);
  let connection: EnvironmentConnection | undefined;
  await examination.step("settings", "Settings", async () => {
    connection = await options.connect();
    return { state: "ok", message: `The environment ${connection.name} is ${connection.url}.` };
  });
  await examination.step("machine", "This machine", () => examineMachine(options.variables));
  if (connection !== undefined) {
    const tools = openTools(connection, options);
    try {
      await walk(examination, tools, options);
    } finally {
      await tools.http.close();
    }
  }
  return { steps: examination.steps, exitCode: examination.exitCode };
}

async function walk(examination: Examination, tools: Tools, options: ExaminationOptions): Promise<void> {
  const { clock, variables, needs, write, signal } = options;
  const { url } = tools.connection;
  const signedIn = await examineSignIn(examination, tools, { variables, clock });
  const reached =
    (await examineHost(examination, {
      ...{ id: "environment", title: "Environment", address: new URL(url), variables, clock },
      setting: "url of the environment in project.yaml",
    })) && (await examineAnswer(examination, tools, clock));
  if (!signedIn || !reached) {
    const because = signedIn ? "The environment cannot be reached." : "There is no token.";
    examination.skip("registration", "Registration in F&O", because);
    return;
  }
  if (!(await examineAccess(examination, tools))) return;
  await examineSetUp(examination, tools, needs);
  await examination.step("batch", "Batch", () => orUnseen(() => batchFinding(tools, clock)));
  await examineBlobs(examination, tools, {
    variables,
    clock,
    write,
    ...(signal === undefined ? {} : { signal }),
  });
}
