import { EntityCatalogue } from "../entity/catalogue.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { abandonRun, findOpenRun, whatIsGivenUp } from "../load/abandon/abandon-run.ts";
import { Ledger } from "../load/ledger/ledger.ts";
import type { ConnectionSource } from "../load/load-options.ts";
import { ledgerFile } from "../load/run-folder.ts";
import { findEnvironment } from "../project/project.ts";
import { commandLine, environmentName, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { reportRun } from "./run-outcome.ts";

export interface AbandonCommandOptions {
  /** Give it up; otherwise only say what that means. */
  readonly confirm?: true;
}

/** `abandon [run]`: gives up the named load, or the latest that waits to be resumed in the environment. */
export async function abandon(
  context: CommandContext,
  runId: string | undefined,
  { confirm }: AbandonCommandOptions,
): Promise<ExitCode> {
  const project = openProject(context);
  const { clock, signal, variables, tell } = context;
  const ledger = Ledger.open(ledgerFile(project.root), clock);
  try {
    const run = findOpenRun(ledger, environmentName(context, project), runId);
    const again = commandLine(`abandon ${run.id} --confirm`, variables);
    if (confirm === undefined) {
      const means = whatIsGivenUp(run, ledger.packages(run.id));
      throw new DmfpipeError(
        "DMFP-USAGE",
        `Run ${run.id} into ${run.environment} would be given up, and could not be resumed any more. ${means}`,
        { next: again },
      );
    }
    const result = await abandonRun(
      {
        project,
        catalogue: EntityCatalogue.of(project.root),
        ledger,
        clock,
        signal,
        again,
        // Looked up when F&O has to be asked: a run whose environment is gone can be given up where it need not be.
        connection: lazily(() =>
          connectionSource(
            {
              project,
              environmentName: run.environment,
              definition: findEnvironment(project, run.environment),
            },
            variables,
          ),
        ),
        listener: (event) => {
          if ("text" in event && context.options.quiet !== true) tell(`${event.text}\n`);
        },
      },
      run.id,
    );
    reportRun(context, result);
    return result.summary.balanced ? ExitCode.ok : ExitCode.unbalanced;
  } finally {
    ledger.close();
  }
}

function lazily(make: () => ConnectionSource): ConnectionSource {
  let source: ConnectionSource | undefined;
  return {
    open: async () => {
      source ??= make();
      return await source.open();
    },
    close: async () => {
      await source?.close();
    },
  };
}
