import { ExitCode } from "../errors/exit-code.ts";
import { runSnapshot } from "../load/reading/run-snapshot.ts";
import { commandLine, loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { formatCount } from "./number-text.ts";

/** `snapshot`: fetches the keys of what the mappings refer to, so that `check` knows them offline. */
export async function snapshot(context: CommandContext): Promise<ExitCode> {
  const project = openProject(context);
  const options = loadOptions(context, project, () => undefined);
  const connection = connectionSource(options, context.variables);
  const taken = await runSnapshot({ ...options, connection }, ({ entity, records, skipped }) => {
    if (context.options.quiet === true || context.options.json === true) return;
    context.tell(
      `${entity}: ${records === undefined ? `left out, ${skipped ?? ""}` : `${formatCount(records)} keys`}\n`,
    );
  });
  if (context.options.json === true)
    context.print(`${JSON.stringify({ environment: options.environmentName, entities: taken }, null, 2)}\n`);
  else if (context.options.quiet !== true) context.tell(`Next: ${commandLine("check", context.variables)}\n`);
  return ExitCode.ok;
}
