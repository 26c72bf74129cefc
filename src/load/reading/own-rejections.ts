import type { Reason } from "../../errors/reason.ts";
import { RejectionNdjsonWriter } from "../../rejection/rejection-ndjson.ts";
import type { RejectionStage } from "../../rejection/rejection.ts";
import type { RowReader } from "../../source/reread.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { PlannedLoad, PlannedSource } from "../load-plan.ts";
import { openRowReader } from "./source-rows.ts";

/** A record that dmfpipe itself refuses. */
export interface OwnRejection {
  readonly stage: Extract<RejectionStage, "source" | "mapping" | "validation">;
  readonly position: SourcePosition;
  readonly reasons: readonly Reason[];
  readonly legalEntity?: string | undefined;
  /** Its text in the source, where it is known. */
  readonly raw?: string | undefined;
  /** Source values; absent for an unreadable record. */
  readonly sourceValues?: readonly string[];
  /** Values aligned with the target fields, as far as they could be mapped. */
  readonly mappedValues?: readonly string[];
}

/**
 * Writes the rejections of one entity that are found before anything is sent. Where the original text of a record is not
 * at hand, it is read from the source again, at its byte offset.
 */
export class OwnRejections {
  readonly #planned: PlannedLoad;
  readonly #writer: RejectionNdjsonWriter;
  #source: PlannedSource | undefined;
  #reader: RowReader | undefined;

  constructor(planned: PlannedLoad, file: string) {
    this.#planned = planned;
    this.#writer = new RejectionNdjsonWriter(file);
  }

  async write(source: PlannedSource, rejection: OwnRejection): Promise<void> {
    const { definition, schema, mapping } = this.#planned;
    if (this.#source !== source) {
      await this.#reader?.close();
      this.#reader = await openRowReader(definition, source);
      this.#source = source;
    }
    const original = await this.#reader?.read(rejection.position, rejection.raw);
    const { legalEntity, sourceValues, mappedValues } = rejection;
    const mapped =
      mappedValues === undefined
        ? undefined
        : Object.fromEntries(mapping.targetFields.map((field, index) => [field, mappedValues[index] ?? ""]));
    const key = mapped === undefined ? undefined : schema.keys.map((field) => mapped[field] ?? "");
    await this.#writer.write({
      entity: schema.label,
      ...(legalEntity === undefined ? {} : { legalEntity }),
      stage: rejection.stage,
      ...(key === undefined || key.every((part) => part === "") ? {} : { key }),
      reasons: rejection.reasons,
      position: rejection.position,
      columns: sourceValues === undefined ? [] : source.source.columns,
      values: sourceValues ?? [],
      raw: original?.raw ?? "",
      ...(mapped === undefined ? {} : { mapped }),
      ...(original?.corrected === undefined ? {} : { corrected: original.corrected }),
    });
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    await this.#writer.close();
  }

  async abort(): Promise<void> {
    await this.#reader?.close();
    await this.#writer.abort();
  }
}
