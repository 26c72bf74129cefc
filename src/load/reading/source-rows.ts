import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import { RecordReader, type ReadRecord, type RowReader } from "../../source/reread.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { PlannedLoad, PlannedSource } from "../load-plan.ts";
import { RowIndex } from "./row-index.ts";

/** The untouched source record behind a row of a package. */
export interface SourceRow extends ReadRecord {
  readonly position: SourcePosition;
  readonly columns: readonly string[];
}

/** What reads single records of a source again. Errors: as openSource. */
export async function openRowReader(
  definition: MappingDefinition,
  source: PlannedSource,
): Promise<RowReader> {
  const { path, source: open, openReader } = source;
  return await (openReader?.() ?? RecordReader.open(path, definition.sourceFormat, open.columns));
}

/** Finds source records by the number of their row in one package. Opens files only when first asked. */
export class SourceRows {
  readonly #planned: PlannedLoad;
  readonly #indexFile: string;
  readonly #readers = new Map<number, RowReader>();
  #index: RowIndex | undefined;

  constructor(planned: PlannedLoad, indexFile: string) {
    this.#planned = planned;
    this.#indexFile = indexFile;
  }

  async read(row: number): Promise<SourceRow> {
    this.#index ??= await RowIndex.open(this.#indexFile);
    const { position, fileNumber } = await this.#index.find(row);
    const { definition, sources } = this.#planned;
    const source = sources[fileNumber];
    if (source === undefined)
      throw new DmfpipeError("DMFP-BUG", `${this.#indexFile} names source ${fileNumber}.`);
    let reader = this.#readers.get(fileNumber);
    if (reader === undefined) {
      reader = await openRowReader(definition, source);
      this.#readers.set(fileNumber, reader);
    }
    const placed = { file: source.name, ...position };
    return { position: placed, columns: source.source.columns, ...(await reader.read(placed)) };
  }

  async close(): Promise<void> {
    await this.#index?.close();
    for (const reader of this.#readers.values()) await reader.close();
  }
}
