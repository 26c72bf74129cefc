import type { ExportedPackage, ExportEvent } from "../load/template/export-package.ts";
import type { ExportedEntity } from "../load/template/unpack-export.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { formatCount, formatSize } from "./number-text.ts";
import { quotedForShell } from "./quoted-for-shell.ts";
import { textTable } from "./text-table.ts";

/** What `export` has to tell in the end. */
export interface ExportReport {
  readonly dataProject: string;
  readonly company: string;
  readonly environment: string;
  readonly exported: ExportedPackage;
  /** The folder, or the zip, relative to the project. */
  readonly place: string;
  readonly raw: boolean;
  readonly entities: readonly ExportedEntity[];
}

/** Tells what F&O does with an export: one line a change. */
export function exportProgress(context: CommandContext): {
  readonly tell: (event: ExportEvent) => void;
  /** The execution id, once it is known. */
  readonly executionId: () => string | undefined;
} {
  const silent = context.options.quiet === true;
  let latest: string | undefined;
  let executionId: string | undefined;
  const say = (line: string): void => {
    if (silent || line === latest) return;
    latest = line;
    context.tell(`${line}\n`);
  };
  return {
    executionId: () => executionId,
    tell: (event) => {
      switch (event.kind) {
        case "ordered":
          executionId = event.executionId;
          say(`Ordering the export ${event.executionId}`);
          break;
        case "status":
          say(`F&O says ${event.status ?? "nothing of it yet"}`);
          break;
        case "downloading":
          say("Downloading the package");
          break;
        default:
          event satisfies never;
      }
    },
  };
}

/** Tells what an exported package holds, and which command comes next. */
export function reportExport(context: CommandContext, report: ExportReport): void {
  const { exported, place, raw, company, dataProject, environment, entities } = report;
  const { executionId, status, file, details, messages } = exported;
  const empty = !raw && entities.length === 0;
  const next = commandLine(
    `package pull ${quotedForShell(place)} --company ${company} --add`,
    context.variables,
  );
  if (context.options.json === true) {
    const { sizeBytes, sha256 } = file;
    const head = {
      dataProject,
      company,
      environment,
      executionId,
      status,
      ...(raw ? { file: place } : { folder: place }),
    };
    const said = entities.map((entity) => ({ ...entity, exportedByFno: countOf(details, entity.entity) }));
    const rest = { sizeBytes, sha256, entities: said, messages, ...(empty ? {} : { next }) };
    context.print(`${JSON.stringify({ ...head, ...rest }, null, 2)}\n`);
    return;
  }
  for (const line of problems(report)) context.tell(`${line}\n`);
  if (context.options.quiet === true) return;
  const size = formatSize(file.sizeBytes);
  const table = raw || empty ? "" : `\n${tableOf(report)}\n`;
  context.print(`${place}: data project ${dataProject} of ${company}, ${size} packed\n${table}`);
  if (empty) context.tell("The data project has no entities: there was nothing to export.\n");
  else context.tell(`Next: ${next}\n`);
}

function tableOf({ entities, exported }: ExportReport): string {
  const rows = entities.map(({ entity, file, format, sizeBytes, records }) => [
    entity,
    format,
    formatCount(records ?? countOf(exported.details, entity) ?? 0),
    sizeBytes === undefined ? "missing" : formatSize(sizeBytes),
    file,
  ]);
  return textTable(
    [
      { title: "entity", align: "left" },
      { title: "format", align: "left" },
      { title: "records", align: "right" },
      { title: "size", align: "right" },
      { title: "file", align: "left" },
    ],
    rows,
  );
}

/** What does not fit together, and what F&O could not export. */
function problems({ entities, exported }: ExportReport): readonly string[] {
  const { status, messages, details } = exported;
  const incomplete = details
    .filter(({ stagingStatus }) => stagingStatus === "Error")
    .map(({ entity }) => entity);
  return [
    ...(status === "Succeeded"
      ? []
      : [`F&O says ${status}${incomplete.length === 0 ? "" : `: ${incomplete.join(", ")} failed`}.`]),
    ...messages.map((message) => `  ${message}`),
    ...entities
      .filter(({ sizeBytes }) => sizeBytes === undefined)
      .map(({ entity, file }) => `${entity}: the package does not have its file ${file}.`),
    ...entities.flatMap(({ entity, file, records }) => {
      const counted = countOf(details, entity);
      if (records === undefined || counted === undefined || counted === records) return [];
      return [
        `${entity}: F&O exported ${formatCount(counted)} records, ${file} has ${formatCount(records)}.`,
      ];
    }),
  ];
}

function countOf(details: ExportedPackage["details"], entity: string): number | undefined {
  return details.find((detail) => detail.entity.toLowerCase() === entity.toLowerCase())?.staged;
}
