import { existsSync } from "node:fs";
import path from "node:path";
import { systemClock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { exportPackage, type ExportedPackage } from "../load/template/export-package.ts";
import { beginExportFolder, exportedEntities } from "../load/template/unpack-export.ts";
import { findEnvironment } from "../project/project.ts";
import { readProjectOutline, type ProjectOutline } from "../project/project-outline.ts";
import { resolveInside } from "../project/project-path.ts";
import { slug } from "../sequence/slug.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { exportProgress, reportExport } from "./export-report.ts";
import { quotedForShell } from "./quoted-for-shell.ts";

/** The options of `export`, as the command line gives them. */
export interface ExportCommandOptions {
  readonly company?: string;
  readonly out?: string;
  readonly raw?: true;
  readonly force?: true;
  readonly execution?: string;
  readonly maxMegabytes: string;
}

/**
 * `export <data project>`: has F&O export a data project, fetches the package and unpacks it. Exit code 4 when F&O could
 * not export all of its entities (what it could is there), 9 when the data project has none.
 */
export async function exportProject(
  context: CommandContext,
  dataProject: string,
  options: ExportCommandOptions,
): Promise<ExitCode> {
  const project = readProjectOutline(context.options.project, context.workingFolder);
  const environmentName = context.options.env ?? project.defaultEnvironment;
  const definition = findEnvironment(project, environmentName);
  const company = companyOf(project, options.company);
  const maxBytes = megabytes(options.maxMegabytes) * 1_000_000;
  const place = placeOf(context, { project, dataProject, options });
  const shownAs = path.relative(project.root, place);
  const progress = exportProgress(context);
  const fetch = async (target: string): Promise<ExportedPackage> => {
    try {
      return await exportPackage({
        environmentName,
        connection: connectionSource({ project, environmentName, definition }, context.variables),
        dataProject,
        company,
        target,
        maxBytes,
        clock: systemClock,
        signal: context.signal,
        onEvent: progress.tell,
        ...(options.execution === undefined ? {} : { earlier: options.execution }),
      });
    } catch (thrown) {
      throw takenUpAgain(thrown, {
        context,
        dataProject,
        executionId: progress.executionId() ?? options.execution,
      });
    }
  };
  const told = { dataProject, company, environment: environmentName };
  if (options.raw === true) {
    demandAbsent(place, shownAs, options.force === true);
    const exported = await fetch(place);
    reportExport(context, { ...told, exported, place: shownAs, raw: true, entities: [] });
    return exitCodeOf(exported);
  }
  const folder = await beginExportFolder(place, { replace: options.force === true, shownAs });
  try {
    const exported = await fetch(folder.zip);
    await folder.publish(context.signal);
    const { entities } = await exportedEntities(place);
    reportExport(context, { ...told, exported, place: shownAs, raw: false, entities });
    return entities.length === 0 ? ExitCode.nothingToDo : exitCodeOf(exported);
  } finally {
    await folder.discard();
  }
}

function exitCodeOf({ status }: ExportedPackage): ExitCode {
  return status === "Succeeded" ? ExitCode.ok : ExitCode.rejections;
}

/** An error after which the export goes on in F&O, or may be fetched later, says how. */
function takenUpAgain(
  thrown: unknown,
  known: {
    readonly context: CommandContext;
    readonly dataProject: string;
    readonly executionId: string | undefined;
  },
): DmfpipeError {
  const error = asDmfpipeError(thrown);
  const { context, dataProject, executionId } = known;
  if (error.entry.retry === "never" && error.code !== "DMFP-PACKAGE-UNREADABLE") return error;
  const again = executionId === undefined ? "" : ` --execution ${executionId}`;
  const larger = error.code === "DMFP-PACKAGE-UNREADABLE" ? " --max-megabytes <more>" : "";
  const next = commandLine(`export ${quotedForShell(dataProject)}${again}${larger}`, context.variables);
  return new DmfpipeError(error.code, error.message, { at: error.at, next, cause: error.cause });
}

/** The company whose records are exported: the one that is named, else the project's default, else the only one there is. */
function companyOf(project: ProjectOutline, named: string | undefined): string {
  const { defaultLegalEntity, writableCompanies } = project;
  const [only, another] = writableCompanies;
  const company = named ?? defaultLegalEntity ?? (another === undefined ? only : undefined);
  if (company !== undefined && /^[A-Za-z0-9]{1,4}$/.test(company)) return company.toUpperCase();
  throw new DmfpipeError(
    "DMFP-USAGE",
    company === undefined
      ? "An export is of one legal entity, and it is not clear of which."
      : `${company} is no legal entity: it has one to four letters or digits.`,
    { next: `Name it, such as --company ${only ?? "USMF"}` },
  );
}

/** Below the project, so that the data can be loaded again: the folder, or the zip, that is written. */
function placeOf(
  context: CommandContext,
  wanted: {
    readonly project: ProjectOutline;
    readonly dataProject: string;
    readonly options: ExportCommandOptions;
  },
): string {
  const { project, dataProject, options } = wanted;
  const { root, sourceRoots } = project;
  if (options.out === undefined) {
    const name = slug(dataProject, "export");
    return path.join(root, "extracts", options.raw === true ? `${name}.zip` : name);
  }
  const configured = path.resolve(context.workingFolder, options.out);
  const place = resolveInside({ root, sourceRoots, configured, at: { file: options.out } });
  if (options.raw === true && !/\.zip$/i.test(place))
    return path.join(place, `${slug(dataProject, "export")}.zip`);
  return place;
}

function demandAbsent(file: string, shownAs: string, force: boolean): void {
  if (force || !existsSync(file)) return;
  throw new DmfpipeError("DMFP-FILE-EXISTS", `${shownAs} is there already.`, { at: { file: shownAs } });
}

function megabytes(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new DmfpipeError("DMFP-USAGE", `--max-megabytes wants a number of megabytes, not ${text}.`);
}
