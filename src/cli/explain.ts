import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { explainJoin } from "../load/explain/explain-join.ts";
import { explainRecord, type ExplainedEntity } from "../load/explain/explain-record.ts";
import type { WantedRecord } from "../load/explain/find-record.ts";
import { recordHistory } from "../load/explain/record-history.ts";
import { sourceUse } from "../load/reading/source-use.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { explainedText, joinText, placeText } from "./explain-text.ts";

/** `explain <file>:<line>`: the whole story of one source record, for every mapping that reads its file. */
export async function explain(
  context: CommandContext,
  place: string | undefined,
  options: { readonly entity?: string },
): Promise<ExitCode> {
  const { file, wanted } = parsePlace(place ?? "");
  const project = openProject(context);
  const { catalogue } = loadOptions(context, project, () => undefined);
  const use = sourceUse(project, file, context.workingFolder);
  const joins = [];
  for (const joined of use.joined) joins.push(await explainJoin(project, joined, { wanted, catalogue }));
  const entities =
    use.read.length === 0 ? [] : await explainRecord({ project, catalogue, use, wanted, ...options });
  const stories = [];
  for (const explained of entities) {
    stories.push({ ...explained, history: await recordHistory(project, explained, context.clock) });
  }
  if (context.options.json === true) {
    context.print(`${JSON.stringify({ file: use.name, entities: stories, joins }, null, 2)}\n`);
    return ExitCode.ok;
  }
  const columns = context.interactive ? context.columns : Number.POSITIVE_INFINITY;
  for (const joined of joins) context.print(`${joinText(joined, columns)}\n`);
  let before: ExplainedEntity | undefined;
  for (const { history, ...explained } of stories) {
    const samePlace = before !== undefined && placeText(before) === placeText(explained);
    if (!samePlace) context.print(`${placeText(explained)}\n`);
    const sameValues = samePlace && JSON.stringify(before?.values) === JSON.stringify(explained.values);
    context.print(`\n${explainedText(explained, history, { columns, valuesShown: !sameValues })}`);
    before = explained;
  }
  return ExitCode.ok;
}

function parsePlace(place: string): { file: string; wanted: WantedRecord } {
  const [, file = "", mark, digits = ""] = /^(.+):(#?)([1-9]\d{0,14})$/.exec(place) ?? [];
  if (file !== "") {
    const number = Number(digits);
    return { file, wanted: mark === "#" ? { record: number } : { line: number } };
  }
  throw new DmfpipeError("DMFP-USAGE", `"${place}" is no place in a source.`, {
    next: "Write the file and the line, dmfpipe explain samples/vendors.csv:12, or the number of the record, samples/vendors.csv:#11.",
  });
}
