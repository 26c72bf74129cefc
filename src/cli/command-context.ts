import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { EntityCatalogue } from "../entity/catalogue.ts";
import { systemClock, type Clock } from "../errors/clock.ts";
import type { LoadListener } from "../load/run-log.ts";
import type { LoadOptions } from "../load/load-options.ts";
import { findEnvironment, readProject, type Project } from "../project/project.ts";
import type { JsonLog } from "./json-log.ts";

/** The options every command takes. */
export interface GlobalOptions {
  readonly project: string;
  readonly env?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly logJson?: true;
}

/** What a command sees of the world outside: only this room reads argv, prints, or knows about signals. */
export interface CommandContext {
  readonly options: GlobalOptions;
  readonly workingFolder: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Variables project.yaml may name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Results: standard output. */
  readonly print: (text: string) => void;
  /** Progress and messages: standard error. */
  readonly tell: (text: string) => void;
  /** Where standard error is to be JSON lines: then progress and errors go here. */
  readonly log?: JsonLog;
  /** Whether standard error is a terminal that can repaint a line. */
  readonly interactive: boolean;
  /** Characters that fit into a line of that terminal. */
  readonly columns: number;
}

export function openProject(context: CommandContext): Project {
  return readProject(context.options.project, context.workingFolder);
}

/** The environment the command is for: --env, else the project's default. */
export function environmentName(context: CommandContext, project: Project): string {
  return context.options.env ?? project.defaultEnvironment;
}

export function loadOptions(context: CommandContext, project: Project, listener: LoadListener): LoadOptions {
  const name = environmentName(context, project);
  return {
    project,
    environmentName: name,
    definition: findEnvironment(project, name),
    catalogue: EntityCatalogue.of(project.root),
    clock: systemClock,
    version: version(),
    signal: context.signal,
    listener,
  };
}

/** dmfpipe's version, from package.json. */
export function version(): string {
  const file = path.join(import.meta.dirname, "..", "..", "package.json");
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

/** How dmfpipe is called here, for the commands it suggests: through npm from a checkout, or by its name. */
export function commandLine(rest: string, variables: CommandContext["variables"]): string {
  return variables["npm_lifecycle_event"] === "dmfpipe" ? `npm run -s dmfpipe -- ${rest}` : `dmfpipe ${rest}`;
}
