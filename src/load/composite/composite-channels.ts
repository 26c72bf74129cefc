import { createReadStream } from "node:fs";
import { asDmfpipeError } from "../../errors/dmfpipe-error.ts";
import { fileColumns } from "../../package/field-map.ts";
import { nestedRows } from "../../package/read-composite-rows.ts";
import type { Project } from "../../project/project.ts";
import { readTargetKeysFile } from "../../rejection/error-file.ts";
import { unattributedMessage, type ChannelSinks } from "../collecting/channel-sinks.ts";
import { elementName } from "./composite-packer.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import { packagingOf } from "../packing/packaging.ts";
import {
  downloadStagingErrors,
  downloadTargetKeys,
  readMessages,
  readStagingErrors,
  readTargetKeys,
  type ChannelOptions,
  type IncompletePart,
} from "../collecting/error-channels.ts";

export interface CompositeChannelOptions extends ChannelOptions {
  readonly project: Project;
  readonly composite: PlannedComposite;
}

/**
 * Reads the error channels of a package with a composite entity. Under which name F&O keeps the two files is documented
 * nowhere: the parts are asked for by their own labels, and where F&O knows none of them, the composite entity by its own.
 * That it knows neither is said in what is returned, and the messages are all there is.
 */
export async function readCompositeChannels(
  options: CompositeChannelOptions,
  parts: readonly IncompletePart[],
  sinks: ChannelSinks,
): Promise<void> {
  if (parts.length === 0) return;
  const { pack, composite } = options;
  const unknown: { readonly entity: string; readonly why: string }[] = [];
  for (const part of parts) {
    const why = await refusalOf(async () => {
      await readStagingErrors(options, part, sinks);
      await readTargetKeys(options, part, sinks);
    });
    if (why !== undefined) unknown.push({ entity: part.part.entity, why });
  }
  if (unknown.length === parts.length) {
    const why = await refusalOf(async () => {
      await readWholeFiles(options, parts, sinks);
    });
    if (why === undefined) unknown.length = 0;
    else unknown.push({ entity: composite.label, why });
  }
  for (const { entity, why } of unknown) {
    const text = `F&O has no files of refused records under this name (${why}).`;
    await sinks.unattributed.add(unattributedMessage(pack, "staging error file", "", text, entity));
  }
  await readMessages(options, sinks);
}

/** F&O's words where it refuses for good; undefined where it does not. Whatever else goes wrong is thrown. */
async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const error = asDmfpipeError(thrown);
    if (error.code !== "DMFP-HTTP-REFUSED") throw error;
    return error.message;
  }
}

/**
 * Files of the composite entity as a whole. The staging error file is taken for the refused records, nested as in the
 * data file (assumption: undocumented); a key in the other file may be that of a record of any part.
 */
async function readWholeFiles(
  options: CompositeChannelOptions,
  parts: readonly IncompletePart[],
  sinks: ChannelSinks,
): Promise<void> {
  const { pack, project, composite } = options;
  const { label } = composite;
  const { statements, unattributed, files } = sinks;
  const staging = await downloadStagingErrors(options, { entity: label, suffix: "staging-errors" }, sinks);
  if (staging !== undefined) {
    const about = { channel: "staging error file", entity: label } as const;
    const elements = new Set(composite.parts.map(({ aotName }) => elementName(project, aotName)));
    try {
      for (const { part, planned } of parts) {
        const element = elementName(project, planned.schema.aotName);
        const names = fileColumns(packagingOf(project, planned).fields);
        const columns = planned.schema.keys.map(
          (key) => names.find(({ field }) => field === key)?.name ?? key,
        );
        const layout = { element, columns, elements };
        for await (const key of nestedRows(createReadStream(staging), layout)) {
          if (key.every((value) => value === "")) continue;
          await statements.add({ channel: "staging", part: pack.parts.indexOf(part), id: key });
        }
      }
      files.add(staging, { ...about, layout: "XML, nested as the data file" });
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const text = `The file could not be understood: ${why.trim()}.`;
      files.add(staging, { ...about, layout: text });
      await unattributed.add(unattributedMessage(pack, "staging error file", "", text, label));
    }
  }
  const keys = await downloadTargetKeys(options, { entity: label, suffix: "target-keys" }, sinks);
  const [first] = parts;
  if (keys === undefined || first === undefined) return;
  // Read as lines: whose key columns a table would have, nobody knows.
  const schema = { ...first.planned.schema, keys: [] };
  const content = await readTargetKeysFile({ path: keys, schema, fields: [] });
  const layout = content.understood ? content.layout : `The file could not be understood: ${content.why}.`;
  files.add(keys, { channel: "target error keys", entity: label, layout });
  if (!content.understood) {
    await unattributed.add(unattributedMessage(pack, "target error keys", "", layout, label));
    return;
  }
  for await (const id of content.ids) await statements.add({ channel: "target", id });
}
