import type { DatabaseSync } from "node:sqlite";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { stageValue } from "./field-value.ts";
import { fieldLabel } from "./message-text.ts";
import type { WrittenValues } from "./odata-body.ts";
import type { EntitySet } from "./odata-entity-set.ts";
import { alreadyExists, keyLabels, nothingSelected, validationFailed } from "./odata-refusal.ts";
import type { ODataRecord } from "./odata-set.ts";
import { RecordCheck, withNumber } from "./record-check.ts";
import { canonicalKey } from "./record-key.ts";
import type { RecordContent, RowStore } from "./row-store.ts";

export interface WriteContext {
  readonly database: DatabaseSync;
  readonly rows: RowStore;
  readonly setup: EnvironmentSetup;
  /** Company of a row that names none. */
  readonly defaultCompany: string;
}

/**
 * Writes rows of a public entity the way the target step of an import does: types, lengths, mandatory fields,
 * references and business rules. Every method throws ActionRefused when the row is refused; the caller's transaction
 * then undoes what was done.
 */
export class EntityWriter {
  readonly #context: WriteContext;
  readonly #set: EntitySet;

  constructor(context: WriteContext, set: EntitySet) {
    this.#context = context;
    this.#set = set;
  }

  /** Creates a row and returns it. */
  insert(values: WrittenValues): ODataRecord {
    const { rows } = this.#context;
    const { entity } = this.#set;
    const company = this.#companyOf(values);
    const given = withNumber(this.#given(values), this.#checkOptions(company));
    this.#check(company, given, given);
    const key = canonicalKey(entity.keys.map((field) => given[field] ?? ""));
    if (!rows.insert(entity.label, company, key, given)) {
      throw alreadyExists(entity, keyLabels(entity, given));
    }
    return { ...given, dataAreaId: company.toLowerCase() };
  }

  /** Changes the given properties of a row. The key stays what it is. */
  update(record: ODataRecord, values: WrittenValues): void {
    const { rows } = this.#context;
    const { entity } = this.#set;
    const company = String(record["dataAreaId"]).toUpperCase();
    const key = canonicalKey(entity.keys.map((field) => String(record[field] ?? "")));
    const existing = rows.target(entity.label, company, key);
    if (existing === undefined) throw nothingSelected();
    const given = this.#given(values);
    const content = { ...existing, ...given };
    const movedTo = values.size === 0 ? company : this.#companyOf(values, company);
    if (movedTo !== company || canonicalKey(entity.keys.map((field) => content[field] ?? "")) !== key) {
      throw validationFailed(entity.aotName, ["The key of a record cannot be changed"]);
    }
    this.#check(company, given, content);
    rows.update(entity.label, company, key, content);
  }

  /** Removes a row. Rows that refer to it are not looked for. */
  remove(record: ODataRecord): void {
    const { entity } = this.#set;
    const company = String(record["dataAreaId"]).toUpperCase();
    const key = canonicalKey(entity.keys.map((field) => String(record[field] ?? "")));
    this.#context.database
      .prepare("DELETE FROM target_row WHERE label = ? AND company = ? AND key = ?")
      .run(entity.label, company, key);
  }

  #checkOptions(company: string): ConstructorParameters<typeof RecordCheck>[0] {
    const { setup, rows } = this.#context;
    return { setup, rows, entity: this.#set.entity, company };
  }

  #check(company: string, given: RecordContent, content: RecordContent): void {
    const problems = new RecordCheck(this.#checkOptions(company)).problems(given, content);
    if (problems.length === 0) return;
    const texts = problems.map(({ text }) => text);
    throw validationFailed(this.#set.entity.aotName, texts);
  }

  /** The company a row is to stand in: `dataAreaId`, or the default. */
  #companyOf(values: WrittenValues, otherwise = this.#context.defaultCompany): string {
    if (!this.#set.byCompany) return "";
    const dataAreaId = this.#set.properties.get("dataAreaId");
    const named = dataAreaId === undefined ? undefined : values.get(dataAreaId)?.trim();
    const company = (named === undefined || named === "" ? otherwise : named).toUpperCase();
    if (this.#context.setup.legalEntities().includes(company)) return company;
    const problem = `The value '${company.toLowerCase()}' in field 'Company' is not found in the related table 'Legal entities'`;
    throw validationFailed(this.#set.entity.aotName, [problem]);
  }

  /** Values by field in the form in which an import stages them. */
  #given(values: WrittenValues): RecordContent {
    const { setup } = this.#context;
    const { entity } = this.#set;
    const given: Record<string, string> = {};
    const problems: string[] = [];
    for (const [property, text] of values) {
      const field = entity.fields.get(property.column);
      if (field === undefined) continue;
      const members = entity.enums.get(field.enumName ?? "") ?? [];
      const staged = stageValue(field, text, { members, size: setup.size(entity, field.name) });
      if ("value" in staged) given[field.name] = staged.value;
      else problems.push(`Field '${fieldLabel(entity, field.name)}': ${staged.problem}`);
    }
    if (problems.length > 0) throw validationFailed(entity.aotName, problems);
    return given;
  }
}
