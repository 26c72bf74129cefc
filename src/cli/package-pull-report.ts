import { stringify } from "yaml";
import type { PulledMapping, PulledPackage } from "../load/template/pull-package.ts";
import { unknownToCatalogue } from "../load/template/template-fields.ts";
import type { ProjectOutline } from "../project/project-outline.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { formatCount } from "./number-text.ts";
import { textTable } from "./text-table.ts";

/** A mapping and where it went. */
export interface WrittenPull {
  readonly pulled: PulledMapping;
  /** Relative to the root; undefined where it was printed only. */
  readonly file?: string;
  /** As project.yaml lists it. */
  readonly entry?: string;
  readonly listed: boolean;
  /** Mapping of the same entity that project.yaml lists already. */
  readonly rival?: string;
}

/** What `package pull` has to tell. */
export interface PullReport {
  readonly shownAs: string;
  readonly result: PulledPackage;
  readonly written: readonly WrittenPull[];
}

/** Tells what became of a package: its mappings, what they cannot say, and which command comes next. */
export function reportPull(context: CommandContext, project: ProjectOutline, report: PullReport): void {
  const { result, written } = report;
  const next = nextCommand(context, result);
  if (context.options.json === true) {
    context.print(`${JSON.stringify({ ...asJson(project, report), next }, null, 2)}\n`);
    return;
  }
  const printed = written.every(({ file }) => file === undefined);
  if (!printed && context.options.quiet !== true) context.print(`${overview(report)}\n`);
  for (const line of losses(report)) context.tell(`${line}\n`);
  if (context.options.quiet === true) return;
  for (const line of [...hints(project, result), ...toAdd(written)]) context.tell(`${line}\n`);
  context.tell(`Next: ${next}\n`);
}

function nextCommand(context: CommandContext, { unknown }: PulledPackage): string {
  if (unknown.length === 0) return commandLine("check", context.variables);
  const labels = unknown.map(({ label }) => JSON.stringify(label)).join(" ");
  return commandLine(`schema pull ${labels}`, context.variables);
}

function overview({ shownAs, result, written }: PullReport): string {
  const rows = written.map(({ pulled, file }) => {
    const { fields } = pulled.template;
    const filled = fields.filter(({ leftOut }) => leftOut === undefined).length;
    return [
      pulled.label,
      file ?? "",
      formatCount(filled),
      formatCount(fields.length - filled),
      recordsOf(pulled.source),
      pulled.template.source.file,
    ];
  });
  const table = textTable(
    [
      { title: "entity", align: "left" },
      { title: "mapping", align: "left" },
      { title: "fields", align: "right" },
      { title: "left out", align: "right" },
      { title: "records", align: "right" },
      { title: "source", align: "left" },
    ],
    rows,
  );
  const name =
    result.description === "" || result.description === result.dataProject ? "" : `, "${result.description}"`;
  return `${shownAs}: data project ${result.dataProject}${name}\n\n${table}\n`;
}

function recordsOf(source: WrittenPull["pulled"]["source"]): string {
  if (source.kind === "none") return "none";
  return `${formatCount(source.records)}${source.more ? "+" : ""}`;
}

/** What was not taken over; said even where nothing else is. */
function losses({ shownAs, result, written }: PullReport): readonly string[] {
  return [
    ...result.remarks.map(({ path, text }) => `${shownAs}: ${path === "" ? "" : `${path}: `}${text}.`),
    ...result.unknown.map(({ label, aotName }) => {
      const technical = aotName === "" ? "" : ` (${aotName})`;
      return `No mapping for ${label}${technical}: the catalogue does not have this entity.`;
    }),
    ...written.flatMap(({ pulled }) => lossesOf(pulled)),
    ...notCarried(written),
    ...(result.strangers.length === 0
      ? []
      : [`Files of the package that its manifest does not name: ${result.strangers.join(", ")}.`]),
  ];
}

function lossesOf({ label, source, disabled, template }: WrittenPull["pulled"]): readonly string[] {
  const leftOut = template.fields.filter((field) => field.leftOut !== undefined);
  const byReason = Map.groupBy(leftOut, (field) => field.leftOut ?? "");
  return [
    ...(source.kind === "none" ? [`${label}: there is no data to read: ${source.why}.`] : []),
    ...[...byReason].map(
      ([why, fields]) => `${label}: ${named(fields.map(({ field }) => field))} left out: ${why}.`,
    ),
    ...(disabled
      ? [`${label} is switched off in its data project, so it is not added to project.yaml.`]
      : []),
  ];
}

/** What is the same for many entities, as the words of an export are, is said once. */
function notCarried(written: readonly WrittenPull[]): readonly string[] {
  const losses = written.flatMap(({ pulled }) => pulled.lost.map((what) => ({ label: pulled.label, what })));
  const byLoss = Map.groupBy(losses, ({ what }) => what);
  const byLabels = Map.groupBy(byLoss, ([, entities]) => named(entities.map(({ label }) => label)));
  return [...byLabels].map(
    ([labels, same]) => `${labels}: not carried over: ${same.map(([what]) => what).join("; ")}.`,
  );
}

function named(names: readonly string[]): string {
  const some = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${some} and ${formatCount(names.length - 8)} more` : some;
}

/** The built-in catalogue does not have the fields of every version and country. */
function unknownFields({ mappings }: PulledPackage): boolean {
  return mappings.some(({ template }) =>
    template.fields.some(({ leftOut }) => leftOut?.includes(unknownToCatalogue)),
  );
}

/** What project.yaml says, where the package is made otherwise. */
function projectSettings(project: ProjectOutline, result: PulledPackage): object | undefined {
  const { packages } = project;
  const settings = {
    ...(packages.version === result.version ? {} : { version: result.version }),
    ...(packages.category === result.category ? {} : { category: result.category }),
    ...(result.composites.length > 0 || result.entities < 2 || packages.entities === "all"
      ? {}
      : { entities: "all" }),
  };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function compositeSettings({ composites }: PulledPackage): readonly object[] {
  return composites.map(({ label, parts }) => ({
    entity: label,
    parts: parts.map(({ schema, parent }) =>
      parent === undefined ? schema.label : { entity: schema.label, in: parent },
    ),
  }));
}

function hints(project: ProjectOutline, result: PulledPackage): readonly string[] {
  const packages = projectSettings(project, result);
  const composites = compositeSettings(result);
  return [
    ...(unknownFields(result)
      ? [
          "Fields the catalogue does not know come with a schema pull from the environment of the package; then give this command again, with --force.",
        ]
      : []),
    ...(packages === undefined
      ? []
      : [`To make packages as this one is, say in project.yaml:\n${indented({ packages })}`]),
    ...(composites.length === 0
      ? []
      : [`Its records are nested. To send them so, say in project.yaml:\n${indented({ composites })}`]),
  ];
}

function indented(value: object): string {
  return stringify(value, { lineWidth: 0 }).trimEnd().replace(/^/gm, "  ");
}

function toAdd(written: readonly WrittenPull[]): readonly string[] {
  const open = written.filter(
    ({ listed, entry, rival }) => !listed && entry !== undefined && rival === undefined,
  );
  const rivals = written.filter(({ rival }) => rival !== undefined);
  return [
    ...rivals.map(
      ({ pulled, entry = "", rival = "" }) =>
        `project.yaml has ${rival} for ${pulled.label}; an entity has one mapping: choose between it and ${entry}.`,
    ),
    ...(open.length === 0
      ? []
      : [
          `Add to entities in project.yaml (or give --add the next time):\n${open.map(({ entry }) => `  - ${entry ?? ""}`).join("\n")}`,
        ]),
  ];
}

function asJson(project: ProjectOutline, { shownAs, result, written }: PullReport): object {
  const { dataProject, description, version, category, entities, remarks, unknown, strangers } = result;
  return {
    package: shownAs,
    ...{ dataProject, description, version, category, entities, remarks, unknown, strangers },
    mappings: written.map(({ pulled, file, entry, listed, rival }) => {
      const { template, lost, source, disabled, composite } = pulled;
      const { settings, fields, legalEntity, unmapped } = template;
      const data = source.kind === "none" ? { missing: source.why } : counts(source);
      return {
        entity: pulled.label,
        composite,
        file,
        entry,
        listed,
        rival,
        disabled,
        source: template.source,
        data,
        legalEntity,
        fields,
        package: settings,
        unmappedColumns: unmapped,
        lost,
      };
    }),
    project: { packages: projectSettings(project, result), composites: compositeSettings(result) },
  };
}

function counts({
  records,
  unreadable,
  more,
}: {
  records: number;
  unreadable: number;
  more: boolean;
}): object {
  return { records, unreadable, more };
}
