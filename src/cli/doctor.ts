import { examineEnvironment, type Diagnosis } from "../environment/doctor/examine-environment.ts";
import type { ExaminedStep } from "../environment/doctor/examination.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { findEnvironment, type Project } from "../project/project.ts";
import { wrapped } from "./aligned-lines.ts";
import { commandLine, environmentName, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";

export interface DoctorOptions {
  /** Whether a tiny blob is uploaded. */
  readonly write?: true;
}

/**
 * `doctor`: what is broken between this machine and an import, step by step, with the fix. Exit code 0 where nothing
 * failed, else that of the first failure: 2 settings, 5 passing, 6 refused for good.
 */
export async function doctor(context: CommandContext, { write }: DoctorOptions): Promise<ExitCode> {
  const project = openProject(context);
  const name = environmentName(context, project);
  const definition = findEnvironment(project, name);
  const { json = false, quiet = false } = context.options;
  const source = connectionSource({ project, environmentName: name, definition }, context.variables);
  try {
    const diagnosis = await examineEnvironment({
      connect: () => source.open(),
      needs: { ...projectNeeds(project), companies: definition.writes ?? [] },
      variables: context.variables,
      write: write === true,
      clock: context.clock,
      signal: context.signal,
      onStep: (step) => {
        const silent = json || (quiet && (step.state === "ok" || step.state === "skipped"));
        const columns = context.interactive ? context.columns : Infinity;
        if (!silent) context.print(`${stepText(step, columns)}\n`);
      },
    });
    if (json) context.print(`${JSON.stringify({ environment: name, ...diagnosis }, null, 2)}\n`);
    if (!quiet || diagnosis.exitCode !== ExitCode.ok) context.tell(closing(diagnosis, name, context, write));
    return diagnosis.exitCode;
  } finally {
    await source.close();
  }
}

/** Formats and entities of the mappings; composite entities are XML, which every environment has. */
function projectNeeds(project: Project): { labels: string[]; formats: string[] } {
  const formats = project.mappings.map((mapping) => mapping.package.shared.format ?? project.packages.format);
  return {
    labels: [...new Set(project.mappings.map(({ entity }) => entity.value))],
    formats: [...new Set(formats.map((format) => format ?? "CSV-Unicode"))],
  };
}

const marks: Readonly<Record<ExaminedStep["state"], string>> = {
  ok: "ok     ",
  warning: "warning",
  failed: "FAILED ",
  skipped: "-      ",
};
const titleWidth = 27;

function stepText(step: ExaminedStep, columns: number): string {
  const time = step.state === "skipped" ? "" : `${step.durationMs} ms`;
  const head = `${marks[step.state]}  ${step.title.padEnd(titleWidth)}  ${time.padStart(8)}  `;
  const indent = " ".repeat(head.length);
  const width = columns - head.length;
  const lines = wrapped(step.message, width);
  const fix = step.fix === undefined ? [] : wrapped(`Fix: ${step.fix}`, width);
  return `${head}${[...lines, ...fix].join(`\n${indent}`)}`;
}

function closing(diagnosis: Diagnosis, name: string, context: CommandContext, write?: true): string {
  const next = (rest: string): string => commandLine(`${rest} --env ${name}`, context.variables);
  const count = (state: ExaminedStep["state"]): number =>
    diagnosis.steps.filter((step) => step.state === state).length;
  const broken = diagnosis.steps.find(({ state }) => state === "failed");
  if (broken !== undefined) {
    return `\n${count("failed")} of ${diagnosis.steps.length} steps failed. Begin with: ${broken.title}. Nothing was changed in F&O.\nNext: ${next("doctor")}\n`;
  }
  const warned = count("warning") === 0 ? "" : `, ${count("warning")} to look at`;
  return `\nNothing is broken${warned}. Nothing was changed in F&O.\nNext: ${next(write === true ? "load" : "doctor --write")}\n`;
}
