import { createReadStream, existsSync } from "node:fs";
import { z } from "zod";
import { KeySet } from "../../entity/key-set.ts";
import { normalizeKey } from "../../entity/record-key.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { snapshotFile, type Snapshot, type SnapshotHead } from "./snapshot.ts";

const headShape = z.object({ entity: z.string(), environment: z.string(), takenAt: z.string() });

/** Large enough that the parser is not called often, small enough that its result is gone before the next. */
const pieceBytes = 128 * 1024;

/**
 * The snapshots there are for an environment, of the entities with these DMF labels. Keys take 15 to 19 bytes each in
 * memory. Throws DMFP-SNAPSHOT-INVALID for a file that is none.
 */
export async function readSnapshots(
  projectRoot: string,
  environment: string,
  labels: readonly string[],
): Promise<ReadonlyMap<string, Snapshot>> {
  const snapshots = new Map<string, Snapshot>();
  for (const label of labels) {
    const file = snapshotFile(projectRoot, environment, label);
    if (existsSync(file)) snapshots.set(label, await readSnapshot(file));
  }
  return snapshots;
}

/** Errors: DMFP-SNAPSHOT-INVALID. */
async function readSnapshot(file: string): Promise<Snapshot> {
  const byCompany = new Map<string, KeySet>();
  let head: SnapshotHead | undefined;
  let records = 0;
  for await (const lines of wholeLines(file)) {
    const rows = parsedLines(lines, file, records + (head === undefined ? 1 : 2));
    if (head === undefined) {
      const found = headShape.safeParse(rows.shift());
      if (!found.success) throw invalid(file, 1);
      head = found.data;
    }
    for (const row of rows) {
      if (!isRow(row)) throw invalid(file, records + 2);
      const [legalEntity = "", ...key] = row;
      let keys = byCompany.get(legalEntity);
      if (keys === undefined) byCompany.set(legalEntity, (keys = new KeySet()));
      keys.add(normalizeKey(key), 0);
      records++;
    }
  }
  if (head === undefined) throw invalid(file, 1);
  return { ...head, records, keys: { has: (scope, key) => byCompany.get(scope)?.has(key) === true } };
}

/** The text of a file in pieces that end at a line end; a last line without one comes with the rest. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  let pending = "";
  for await (const piece of createReadStream(file, { encoding: "utf8", highWaterMark: pieceBytes })) {
    pending += piece as string;
    const end = pending.lastIndexOf("\n") + 1;
    if (end === 0) continue;
    yield pending.slice(0, end);
    pending = pending.slice(end);
  }
  if (pending !== "") yield pending;
}

/**
 * The values of many lines of JSON, parsed at one go: three times as fast as line by line. A line break inside a
 * value is escaped, so every bare one ends a line.
 */
function parsedLines(lines: string, file: string, firstLine: number): unknown[] {
  try {
    return JSON.parse(`[${lines.trimEnd().replaceAll("\n", ",")}]`) as unknown[];
  } catch (cause) {
    throw invalid(file, firstLine, cause);
  }
}

function isRow(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

function invalid(file: string, line: number, cause?: unknown): DmfpipeError {
  return new DmfpipeError(
    "DMFP-SNAPSHOT-INVALID",
    `${file} is no snapshot, or was damaged: on line ${line} or soon after it is not what dmfpipe wrote.`,
    { at: { file, line }, cause },
  );
}
