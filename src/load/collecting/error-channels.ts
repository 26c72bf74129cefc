import path from "node:path";
import { isBlobGone } from "../../environment/blob-store.ts";
import type { Environment } from "../../environment/environment.ts";
import { publishText } from "../../package/partial-file.ts";
import { readStagingErrorFile, readTargetKeysFile, type ErrorFile } from "../../rejection/error-file.ts";
import { parseExecutionErrors } from "../../rejection/execution-errors.ts";
import { RejectedIds, type RejectedId } from "../../rejection/record-ids.ts";
import type { UnattributedMessage } from "../../rejection/rejection.ts";
import { entitiesOf, type LedgerPackage, type LedgerPart } from "../ledger/ledger-rows.ts";
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

/** An entity of a package of which not every record was loaded, and what is said about its records. */
export interface IncompletePart {
  readonly part: LedgerPart;
  readonly planned: PlannedLoad;
  readonly ids: RejectedIds;
}

/**
 * Downloads and reads the error channels of a package: two files for each of its incomplete entities, and the messages
 * of the whole execution. What cannot be understood is kept as a file, and said to be so in what is returned.
 */
export async function readErrorChannels(
  options: ChannelOptions,
  parts: readonly IncompletePart[],
): Promise<UnattributedMessage[]> {
  const unattributed: UnattributedMessage[] = [];
  if (parts.length === 0) return unattributed;
  for (const part of parts) {
    await readStagingErrors(options, part, unattributed);
    await readTargetKeys(options, part, unattributed);
  }
  unattributed.push(...(await readMessages(options, parts)));
  return unattributed;
}

/** Reads the messages of the execution into the ids of its incomplete entities; returns those of no record. */
export async function readMessages(
  options: ChannelOptions,
  parts: readonly IncompletePart[],
): Promise<UnattributedMessage[]> {
  const unattributed: UnattributedMessage[] = [];
  const errors = await options.environment.api.getExecutionErrors(options.pack.executionId);
  await publishText(channelFile(options, "execution-errors.json"), errors);
  const undecided = new Map<string, RejectedId>();
  for (const { recordId, message } of parseExecutionErrors(errors)) {
    if (recordId === "") {
      unattributed.push(unattributedMessage(options.pack, "execution errors", "", message.trim()));
    } else spread({ recordId, message }, parts, undecided);
  }
  return unattributed;
}

/**
 * Messages carry no name of an entity (Microsoft's documentation of GetExecutionErrors shows none). One goes to the
 * entities whose files name its record; where none does, to every entity that lacks records, as one entry, so that
 * it shows as ambiguous should it fit records of several.
 */
export function spread(
  said: { readonly recordId: string; readonly message?: string; readonly inTargetFile?: boolean },
  parts: readonly IncompletePart[],
  undecided: Map<string, RejectedId>,
): void {
  const listing = parts.filter(({ ids }) => ids.lists(said.recordId));
  const [only] = parts.length === 1 ? parts : listing;
  if (only !== undefined) {
    // One entry may be that of several entities.
    const named = (parts.length === 1 ? parts : listing).map(({ ids }) => ids.entry([said.recordId]));
    for (const entry of new Set(named)) note(entry, said);
    return;
  }
  const known = undecided.get(said.recordId);
  if (known !== undefined) {
    note(known, said);
    return;
  }
  const entry: RejectedId = {
    recordId: said.recordId.trim(),
    inStagingFile: false,
    inTargetFile: false,
    messages: [],
    matches: 0,
  };
  note(entry, said);
  undecided.set(said.recordId, entry);
  for (const { ids } of parts) ids.share(entry);
}

function note(entry: RejectedId, said: { readonly message?: string; readonly inTargetFile?: boolean }): void {
  if (said.message !== undefined) entry.messages.push(said.message);
  if (said.inTargetFile === true) entry.inTargetFile = true;
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
  unattributed: UnattributedMessage[],
): Promise<string | undefined> {
  const { pack, environment } = options;
  const ask = (): Promise<string> => environment.api.getImportStagingErrorFileUrl(pack.executionId, entity);
  const url = await ask();
  if (url === "") return undefined;
  const file = channelFile(options, suffix);
  if (await fetched(options, { url, ask, file })) return file;
  unattributed.push(unattributedMessage(pack, "staging error file", "", fileIsGone, entity));
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
  unattributed: UnattributedMessage[],
): Promise<void> {
  const { pack } = options;
  const { part, planned, ids } = incomplete;
  const suffix = partSuffix(pack, part, "staging-errors");
  const file = await downloadStagingErrors(options, { entity: part.entity, suffix }, unattributed);
  if (file === undefined) return;
  const columnNames = new Map(
    [...planned.definition.package.columns].map(([field, { value }]) => [field, value.toUpperCase()]),
  );
  const layout = { schema: planned.schema, fields: planned.mapping.targetFields, columnNames };
  const content = await readStagingErrorFile({ path: file, ...layout });
  if (!content.understood) unattributed.push(notUnderstood(pack, part, "staging error file", content));
  else for await (const id of content.ids) ids.entry(id).inStagingFile = true;
}

/** Has F&O write a file of target error keys, and downloads it; returns its path, or undefined where there is none. */
export async function downloadTargetKeys(
  options: ChannelOptions,
  { entity, suffix }: ChannelFile,
  unattributed: UnattributedMessage[],
): Promise<string | undefined> {
  const { pack, environment } = options;
  if (!(await environment.api.generateImportTargetErrorKeysFile(pack.executionId, entity))) return undefined;
  const url = await targetKeysUrl(options, entity);
  if (url === undefined) {
    const why = "F&O said it would write the file of target error keys, but it did not come in time.";
    unattributed.push(unattributedMessage(pack, "target error keys", "", why, entity));
    return undefined;
  }
  const file = channelFile(options, suffix);
  const ask = (): Promise<string> =>
    environment.api.getImportTargetErrorKeysFileUrl(pack.executionId, entity);
  if (await fetched(options, { url, ask, file })) return file;
  unattributed.push(unattributedMessage(pack, "target error keys", "", fileIsGone, entity));
  return undefined;
}

/** Reads the target error keys of one entity into its ids. Throws what the environment throws. */
export async function readTargetKeys(
  options: ChannelOptions,
  incomplete: IncompletePart,
  unattributed: UnattributedMessage[],
): Promise<void> {
  const { pack } = options;
  const { part, planned, ids } = incomplete;
  const suffix = partSuffix(pack, part, "target-keys");
  const file = await downloadTargetKeys(options, { entity: part.entity, suffix }, unattributed);
  if (file === undefined) return;
  const layout = { schema: planned.schema, fields: planned.mapping.targetFields };
  const content = await readTargetKeysFile({ path: file, ...layout });
  if (!content.understood) unattributed.push(notUnderstood(pack, part, "target error keys", content));
  else for await (const id of content.ids) ids.entry(id).inTargetFile = true;
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

function notUnderstood(
  pack: LedgerPackage,
  part: LedgerPart,
  channel: UnattributedMessage["channel"],
  content: Extract<ErrorFile, { understood: false }>,
): UnattributedMessage {
  return unattributedMessage(
    pack,
    channel,
    "",
    `The file could not be understood: ${content.why}.`,
    part.entity,
  );
}

/** Something F&O said that no record is known for. `entity`: where it is known, else all of the package. */
export function unattributedMessage(
  pack: LedgerPackage,
  channel: UnattributedMessage["channel"],
  recordId: string,
  message: string,
  entity = entitiesOf(pack),
): UnattributedMessage {
  const { legalEntity, executionId } = pack;
  return { entity, legalEntity, executionId, channel, recordId, message };
}
