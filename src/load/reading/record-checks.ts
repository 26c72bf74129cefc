import type { Reason } from "../../errors/reason.ts";
import { fileColumns } from "../../package/field-map.ts";
import { compileFormatRisks, type FormatRisks } from "../../package/format-risk.ts";
import type { Project } from "../../project/project.ts";
import { attachmentCheck } from "../packing/attached-files.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { packagingOf } from "../packing/packaging.ts";
import type { LoadEvent } from "../run-log.ts";

/** What a record may hold that a format does not promise to carry, by reason code. */
const doubtWords: ReadonlyMap<string, string> = new Map([
  ["DMFP-FORMAT-QUALIFIER", "quotes"],
  ["DMFP-FORMAT-LINE-BREAK", "line breaks"],
  ["DMFP-FORMAT-CHARACTER", "tabs or control characters"],
  ["DMFP-FORMAT-LENGTH", "very long values"],
]);

const noReasons: readonly Reason[] = [];

/**
 * What a package may do to a record's values, checked before it is packed: values that the format of its data file
 * does not promise to carry, and files that are to go with the record. Doubtful values are rejected, or sent and told
 * of, as the settings say.
 */
export class RecordChecks {
  readonly #planned: Pick<PlannedLoad, "definition" | "schema" | "mapping">;
  readonly #risks: FormatRisks;
  readonly #attachments: ((values: readonly string[]) => Reason[]) | undefined;
  readonly #rejectDoubtful: boolean;
  readonly #format: string;
  readonly #doubts = { records: 0, fields: new Set<string>(), codes: new Set<string>() };

  constructor(project: Project, planned: Pick<PlannedLoad, "definition" | "schema" | "mapping">) {
    const { format, fields, rejectDoubtful } = packagingOf(project, planned);
    this.#planned = planned;
    this.#format = format.sourceFormat;
    this.#risks = compileFormatRisks(format, planned.schema, fileColumns(fields));
    this.#attachments = attachmentCheck(project, planned);
    this.#rejectDoubtful = rejectDoubtful;
  }

  /**
   * Why the record is refused; an empty list where nothing speaks against it. `good`: nothing else did so far, so that
   * the record will be sent.
   */
  problems(values: readonly string[], good: boolean): readonly Reason[] {
    const missing = this.#attachments?.(values) ?? noReasons;
    if (this.#rejectDoubtful) return [...this.#risks.reasons(values), ...missing];
    if (good && missing.length === 0) this.#noteDoubts(values);
    return missing;
  }

  /** Whether doubtful values are all it has an eye on, and are only told of: then no record is refused here. */
  get onlyTells(): boolean {
    return !this.#rejectDoubtful && this.#attachments === undefined;
  }

  /** Tells of the doubtful values that are sent all the same. */
  tell(log: (event: LoadEvent) => void): void {
    const { records, fields, codes } = this.#doubts;
    if (records === 0) return;
    const { schema, definition } = this.#planned;
    const what = [...doubtWords].flatMap(([code, words]) => (codes.has(code) ? [words] : [])).join(" and ");
    const where = [...fields].sort().join(", ");
    const many = records === 1 ? "1 record has" : `${records} records have`;
    const text = `${schema.label}: ${many} ${what} in ${where}, which ${this.#format} does not promise to carry. To be safe, load the entity as XML: package: { format: XML-Element } in ${definition.file}.`;
    log({ kind: "warning", text });
  }

  #noteDoubts(values: readonly string[]): void {
    const { codes, fields } = this.#doubts;
    let risks = 0;
    this.#risks.see(values, (code, field) => {
      codes.add(code);
      fields.add(field);
      risks++;
    });
    if (risks > 0) this.#doubts.records++;
  }
}
