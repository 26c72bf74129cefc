import { ExitCode } from "../errors/exit-code.ts";
import { planLoad } from "../load/load-plan.ts";
import { environmentName, loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { textTable } from "./text-table.ts";

/** `plan`: in which order the entities would be loaded, what each waits for, and from which files. */
export async function plan(context: CommandContext): Promise<ExitCode> {
  const project = openProject(context);
  const { catalogue } = loadOptions(context, project, () => undefined);
  const planned = await planLoad(project, catalogue);
  const rows = planned.map(({ schema, place, mapping, sources }) => ({
    ...place,
    scope: schema.scope,
    fields: mapping.targetFields.length,
    sources: sources.map((source) => source.name),
  }));
  if (context.options.json === true) {
    context.print(
      `${JSON.stringify({ environment: environmentName(context, project), entities: rows }, null, 2)}\n`,
    );
    return ExitCode.ok;
  }
  const table = textTable(
    [
      { title: "unit.level.sequence", align: "left" },
      { title: "entity", align: "left" },
      { title: "fields", align: "right" },
      { title: "source", align: "left" },
      { title: "waits for", align: "left" },
    ],
    rows.map((row) => [
      `${row.executionUnit}.${row.level}.${row.sequence}`,
      row.entity,
      String(row.fields),
      row.sources.join(", "),
      row.waitsFor.join(", "),
    ]),
  );
  context.print(`${table}\n`);
  return ExitCode.ok;
}
