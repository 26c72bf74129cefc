import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { scrub } from "../errors/redaction.ts";
import { reasonRegistry, type ReasonCode } from "../errors/registry.ts";
import { PartialFile } from "../package/partial-file.ts";
import type { Rejection } from "./rejection.ts";
import type { RejectionSink } from "./rejection-sink.ts";
import { textLines } from "./text-lines.ts";
import { standings, type RejectionHistory, type Standing } from "./trend/standing.ts";

/**
 * Writes `rejections.ndjson`: one JSON object a line, one line per rejected record, in the order in which they
 * came. `source` maps the source's columns to their values. Readers of JSON move columns that are whole numbers to
 * the front, so a source that has such columns also gets `columns`, their names in the source's order. What a record does not have (legal entity, key, mapped record …) is absent.
 */
export class RejectionNdjsonWriter implements RejectionSink {
  readonly #path: string;
  #file: Promise<PartialFile> | undefined;

  /** `file`: path of the file to write. It is published even when nothing was rejected, then empty. */
  constructor(file: string) {
    this.#path = file;
  }

  /** Appends one record. Throws DMFP-FILE-WRITE when the disk refuses. */
  async write(rejection: Rejection): Promise<void> {
    const file = await this.#opened();
    await file.write(rejectionLine(rejection));
  }

  async close(): Promise<void> {
    const file = await this.#opened();
    await file.publish();
  }

  async abort(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    await file?.discard();
  }

  #opened(): Promise<PartialFile> {
    this.#file ??= PartialFile.open(this.#path);
    return this.#file;
  }
}

/** A rejection as its line of rejections.ndjson, line end included. */
export function rejectionLine(rejection: Rejection): string {
  const { position, columns } = rejection;
  const source = Object.fromEntries(columns.map((name, index) => [name, rejection.values[index] ?? ""]));
  const object = {
    entity: rejection.entity,
    legalEntity: rejection.legalEntity,
    stage: rejection.stage,
    key: rejection.key,
    reasons: rejection.reasons.map((reason) => ({
      code: reason.code,
      field: reason.field,
      value: reason.value,
      refersTo: reason.refersTo,
      message: scrub(reason.message),
      fix: scrub(reason.fix),
    })),
    file: position.file,
    line: position.line,
    record: position.record,
    byteOffset: position.byteOffset,
    byteLength: position.byteLength,
    raw: rejection.raw,
    columns: Object.keys(source).every((name, index) => name === columns[index]) ? undefined : columns,
    source,
    mapped: rejection.mapped,
    executionId: rejection.executionId,
    ambiguous: rejection.ambiguous,
    corrected: rejection.corrected,
    history: rejection.history,
  };
  // JSON allows these two bare, but many line readers (Node's own too) take them for line ends.
  const json = JSON.stringify(object).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  return `${json}\n`;
}

// Not z.record, which leaves out a column that is called __proto__.
const textByName = z.custom<Record<string, string>>(
  (item) =>
    typeof item === "object" &&
    item !== null &&
    !Array.isArray(item) &&
    Object.values(item).every((value) => typeof value === "string"),
);

const rejectionObject = z.object({
  entity: z.string(),
  legalEntity: z.string().optional(),
  stage: z.enum(["source", "mapping", "validation", "staging", "target"]),
  key: z.array(z.string()).optional(),
  reasons: z.array(
    z.object({
      code: z.custom<ReasonCode>((code) => typeof code === "string" && Object.hasOwn(reasonRegistry, code)),
      field: z.string().optional(),
      value: z.string().optional(),
      refersTo: z.string().optional(),
      message: z.string(),
      fix: z.string(),
    }),
  ),
  file: z.string(),
  line: z.number(),
  record: z.number(),
  byteOffset: z.number(),
  byteLength: z.number(),
  raw: z.string(),
  columns: z.array(z.string()).optional(),
  source: textByName,
  mapped: textByName.optional(),
  executionId: z.string().optional(),
  ambiguous: z.literal(true).optional(),
  corrected: z.object({ file: z.string(), row: z.number() }).optional(),
  history: z.object({ standing: z.enum(standings), since: z.string().optional() }).optional(),
});

/**
 * Reads `rejections.ndjson` back, one record at a time, never the whole file. Throws DMFP-RUN-FILE when it
 * cannot be read, and with the line where it is not what dmfpipe wrote.
 */
export async function* readRejections(file: string): AsyncGenerator<Rejection> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    yield parseRejection(text, file, line);
  }
}

/**
 * The rejections of the records that begin on one line of a source, without taking the others apart: a file of a
 * hundred thousand is searched in a second. Errors as readRejections.
 */
export async function* findRejections(
  file: string,
  source: { readonly file: string; readonly line: number },
): AsyncGenerator<Rejection> {
  // Just as rejectionLine writes it.
  const mark = `,"file":${JSON.stringify(source.file)},"line":${source.line},`;
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    if (!text.includes(mark)) continue;
    const rejection = parseRejection(text, file, line);
    // The same letters may stand in a value.
    const { position } = rejection;
    if (position.file === source.file && position.line === source.line) yield rejection;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    yield* textLines(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read: ${why}.`, { at: { file }, cause });
  }
}

function historyOf({
  standing,
  since,
}: {
  standing: Standing;
  since?: string | undefined;
}): RejectionHistory {
  return { standing, ...(since === undefined ? {} : { since }) };
}

function parseRejection(text: string, file: string, line: number): Rejection {
  let object: z.infer<typeof rejectionObject>;
  try {
    object = rejectionObject.parse(JSON.parse(text));
  } catch (cause) {
    throw new DmfpipeError(
      "DMFP-RUN-FILE",
      `Line ${line} of ${file} is not a rejection as dmfpipe writes it.`,
      {
        at: { file, line },
        cause,
      },
    );
  }
  const { legalEntity, key, mapped, executionId, ambiguous, source, columns = Object.keys(source) } = object;
  return {
    entity: object.entity,
    ...(legalEntity === undefined ? {} : { legalEntity }),
    stage: object.stage,
    ...(key === undefined ? {} : { key }),
    reasons: object.reasons.map(({ code, field, value, refersTo, message, fix }) => ({
      code,
      ...(field === undefined ? {} : { field }),
      ...(value === undefined ? {} : { value }),
      ...(refersTo === undefined ? {} : { refersTo }),
      message,
      fix,
    })),
    position: {
      file: object.file,
      line: object.line,
      record: object.record,
      byteOffset: object.byteOffset,
      byteLength: object.byteLength,
    },
    columns,
    values: columns.map((name) => source[name] ?? ""),
    raw: object.raw,
    ...(mapped === undefined ? {} : { mapped }),
    ...(executionId === undefined ? {} : { executionId }),
    ...(ambiguous === undefined ? {} : { ambiguous }),
    ...(object.corrected === undefined ? {} : { corrected: object.corrected }),
    ...(object.history === undefined ? {} : { history: historyOf(object.history) }),
  };
}
