import { createReadStream } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { isBlobGone } from "../../environment/blob-store.ts";
import type { Environment } from "../../environment/environment.ts";
import { readStagingErrorFile, readTargetKeysFile, type ErrorFile } from "../../rejection/error-file.ts";
import { readExecutionErrors } from "../../rejection/execution-errors.ts";
import type { RejectedIds } from "../../rejection/record-ids.ts";
import type { UnattributedMessage } from "../../rejection/rejection.ts";
import { unattributedMessage, type ChannelSinks } from "./channel-sinks.ts";
import type { LedgerPackage, LedgerPart } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { LoadSettings } from "../load-settings.ts";
import { poll } from "../sending/polling.ts";
import type { RunFolder } from "../run-folder.ts";

export interface ChannelOptions {
  readonly pack: LedgerPackage;
  readonly folder: RunFolder;
  readonly environment: Environment;
  readonly settings: LoadSettings;
  readonly signal: AbortSignal | undefined;
}

/** Of a text that is read: small, so that its pieces are gone again before the garbage collector takes them for lasting. */
const pieceBytes = 32 * 1024;

type Channel = Extract<UnattributedMessage["channel"], "staging error file" | "target error keys">;

/** An entity of a package of which not every record was loaded, and what is said about its records. */
export interface IncompletePart {
  readonly part: LedgerPart;
  readonly planned: PlannedLoad;
  readonly ids: RejectedIds;
}

/**
 * Downloads and reads the error channels of a package: two files for each of its incomplete entities, and the messages
 * of the whole execution. What cannot be understood is kept as a file, and said to be so.
 */
export async function readErrorChannels(
  options: ChannelOptions,
  parts: readonly IncompletePart[],
  sinks: ChannelSinks,
): Promise<void> {
  if (parts.length === 0) return;
  for (const part of parts) {
    await readStagingErrors(options, part, sinks);
    await readTargetKeys(options, part, sinks);
  }
  await readMessages(options, sinks);
}

/** Reads the messages of the execution. Throws what the environment throws. */
export async function readMessages(options: ChannelOptions, sinks: ChannelSinks): Promise<void> {
  const { pack, environment, settings } = options;
  const file = channelFile(options, "execution-errors.json");
  await environment.api.downloadExecutionErrors(pack.executionId, file, settings.executionErrorsBytes);
  let count = 0;
  const text = createReadStream(file, { encoding: "utf8", highWaterMark: pieceBytes });
  for await (const { recordId, message } of readExecutionErrors(text as AsyncIterable<string>)) {
    count++;
    if (recordId === "") {
      await sinks.unattributed.add(unattributedMessage(pack, "execution errors", "", message.trim()));
    } else await sinks.statements.add({ channel: "message", id: [recordId], message });
  }
  const layout = count === 1 ? "1 message" : `${count} messages`;
  sinks.files.add(file, { channel: "execution errors", layout });
}

/** A file of refused records: of which entity, and how it is called on disk. */
export interface ChannelFile {
  /** DMF label. */
  readonly entity: string;
  /** Name of the file behind that of the package. */
  readonly suffix: string;
}

/** Downloads a staging error file; returns its path, or undefined where there is none, or none any more. */
export async function downloadStagingErrors(
  options: ChannelOptions,
  { entity, suffix }: ChannelFile,
  sinks: ChannelSinks,
): Promise<string | undefined> {
  const { pack, environment } = options;
  const ask = (): Promise<string> => environment.api.getImportStagingErrorFileUrl(pack.executionId, entity);
  const url = await ask();
  if (url === "") return undefined;
  const file = channelFile(options, suffix);
  if (await fetched(options, { url, ask, file })) return file;
  await sinks.unattributed.add(unattributedMessage(pack, "staging error file", "", fileIsGone, entity));
  return undefined;
}

const fileIsGone = "F&O named a file of refused records that is not there: what it held is not known.";

/**
 * Downloads a file that F&O gave an address of; where that has run out, with a new one. False where the file does not
 * exist: then the run goes on without it, and says so, for no resume would ever find it.
 */
async function fetched(
  { environment, settings }: ChannelOptions,
  source: { readonly url: string; readonly ask: () => Promise<string>; readonly file: string },
): Promise<boolean> {
  let first: string | undefined = source.url;
  const address = async (): Promise<string> => {
    const url = first ?? (await source.ask());
    first = undefined;
    return url === "" ? source.url : url;
  };
  try {
    await environment.blobs.download(address, source.file, { addresses: settings.uploadAttempts });
    return true;
  } catch (thrown) {
    if (isBlobGone(thrown)) return false;
    throw thrown;
  }
}

/** Reads the staging error file of one entity into its ids. Throws what the environment throws. */
export async function readStagingErrors(
  options: ChannelOptions,
  incomplete: IncompletePart,
  sinks: ChannelSinks,
): Promise<void> {
  const { part, planned } = incomplete;
  const suffix = partSuffix(options.pack, part, "staging-errors");
  const file = await downloadStagingErrors(options, { entity: part.entity, suffix }, sinks);
  if (file === undefined) return;
  const columnNames = new Map(
    [...planned.definition.package.columns].map(([field, { value }]) => [field, value.toUpperCase()]),
  );
  const layout = { schema: planned.schema, fields: planned.mapping.targetFields, columnNames };
  const content = await readStagingErrorFile({ path: file, ...layout });
  await readIds(options, part, { channel: "staging error file", file, content }, sinks);
}

/** Has F&O write a file of target error keys, and downloads it; returns its path, or undefined where there is none. */
export async function downloadTargetKeys(
  options: ChannelOptions,
  { entity, suffix }: ChannelFile,
  sinks: ChannelSinks,
): Promise<string | undefined> {
  const { pack, environment } = options;
  if (!(await environment.api.generateImportTargetErrorKeysFile(pack.executionId, entity))) return undefined;
  const url = await targetKeysUrl(options, entity);
  if (url === undefined) {
    const why = "F&O said it would write the file of target error keys, but it did not come in time.";
    await sinks.unattributed.add(unattributedMessage(pack, "target error keys", "", why, entity));
    return undefined;
  }
  const file = channelFile(options, suffix);
  const ask = (): Promise<string> =>
    environment.api.getImportTargetErrorKeysFileUrl(pack.executionId, entity);
  if (await fetched(options, { url, ask, file })) return file;
  await sinks.unattributed.add(unattributedMessage(pack, "target error keys", "", fileIsGone, entity));
  return undefined;
}

/** Reads the target error keys of one entity into its ids. Throws what the environment throws. */
export async function readTargetKeys(
  options: ChannelOptions,
  incomplete: IncompletePart,
  sinks: ChannelSinks,
): Promise<void> {
  const { part, planned } = incomplete;
  const suffix = partSuffix(options.pack, part, "target-keys");
  const file = await downloadTargetKeys(options, { entity: part.entity, suffix }, sinks);
  if (file === undefined) return;
  const layout = { schema: planned.schema, fields: planned.mapping.targetFields };
  const content = await readTargetKeysFile({ path: file, ...layout });
  await readIds(options, part, { channel: "target error keys", file, content }, sinks);
}

/** F&O writes the file after it was asked to; the address is empty until it is there. */
async function targetKeysUrl(options: ChannelOptions, entity: string): Promise<string | undefined> {
  const { pack, environment, settings, signal } = options;
  return await poll(
    async () => {
      const answer = await environment.api.getImportTargetErrorKeysFileUrl(pack.executionId, entity);
      return answer === "" ? undefined : answer;
    },
    {
      signal,
      firstMs: settings.firstPollMs,
      longestMs: settings.longestPollMs,
      deadlineMs: settings.keysFileMs,
    },
  );
}

function channelFile({ folder, pack }: ChannelOptions, suffix: string): string {
  return path.join(folder.errorChannels, `${pack.key}.${suffix}`);
}

/** Files of several entities of one package are numbered as the entities stand in it. */
function partSuffix(pack: LedgerPackage, part: LedgerPart, suffix: string): string {
  return pack.parts.length === 1 ? suffix : `${pack.parts.indexOf(part) + 1}.${suffix}`;
}

/** Takes what a file of refused records holds; says so where that is not understood. */
async function readIds(
  { pack }: ChannelOptions,
  part: LedgerPart,
  read: { readonly channel: Channel; readonly file: string; readonly content: ErrorFile },
  { statements, unattributed, files }: ChannelSinks,
): Promise<void> {
  const { channel, file, content } = read;
  const { entity } = part;
  if (!content.understood) {
    const layout = `The file could not be understood: ${content.why}.`;
    files.add(file, { channel, entity, layout });
    await unattributed.add(unattributedMessage(pack, channel, "", layout, entity));
    return;
  }
  const said = {
    channel: channel === "staging error file" ? "staging" : "target",
    part: pack.parts.indexOf(part),
  } as const;
  let layout = content.layout;
  try {
    for await (const id of content.ids) {
      const written = statements.add({ ...said, id });
      if (written !== undefined) await written;
    }
  } catch (thrown) {
    // A file that is broken further down names records up to there, and no resume would find it whole.
    if (thrown instanceof DmfpipeError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    layout = `${layout}; the file could not be read to its end: ${why.trim()}`;
    await unattributed.add(unattributedMessage(pack, channel, "", `${layout}.`, entity));
  }
  files.add(file, { channel, entity, layout });
}
