import { lintColumns } from "./column-check.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";
import { isComposite } from "./manifest-entity.ts";
import { RecordCheck } from "./record-check.ts";
import type { LintRuleId } from "./rules/all-rules.ts";

const recordLimitChars = 16 * 1024 * 1024;
/** Different fields that are remembered for the comparison with the field map; no entity has as many. */
const maxFields = 5000;

/** One open element below the root. */
interface OpenElement {
  readonly name: string;
  /** Line on which its tag ends. */
  readonly line: number;
  /** Whether it is a record: directly below the root, or nested, with attributes or elements of its own. */
  isRecord: boolean;
  text: string;
}

/**
 * Judges the elements of an XML data file: `Document`, records named after the entity, fields as elements or as
 * attributes as the format says. An element in the place of a field that has attributes or elements of its own is a
 * nested record, which only composite entities have; its fields belong to another entity and are not judged.
 */
export class XmlLayoutCheck {
  readonly #context: DataContext;
  /** Technical name of the entity, where it is known and the records are named after it. */
  readonly #entityName: string | undefined;
  readonly #open: OpenElement[] = [];
  /** Mapped columns, upper case, with their place in the values of a record. */
  readonly #columns: ReadonlyMap<string, number>;
  readonly #check: RecordCheck;
  readonly #seenFields = new Set<string>();
  #firstRecord: string | undefined;
  #values: string[] = [];
  #fieldsOfRecord = new Set<string>();
  #recordChars = 0;
  #records = 0;
  #insideRoot = false;

  constructor(context: DataContext) {
    this.#context = context;
    const { schema, target, label, maps } = context.entity;
    // The records of a composite entity are named after the first of its entities.
    this.#entityName = isComposite(label) ? undefined : target === "" ? schema?.aotName : target;
    const columns = [...new Set(maps.map(({ column }) => column.toUpperCase()))].filter(
      (name) => name !== "",
    );
    this.#columns = new Map(columns.map((column, index) => [column, index]));
    this.#check = new RecordCheck(columns, context);
  }

  /** A tag was opened. `line` is where it ends. */
  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    if (!this.#insideRoot) {
      this.#insideRoot = true;
      if (name !== "Document") this.#add("DMFP-LINT-XML-ROOT", line, `The root element is ${excerpt(name)}.`);
      return;
    }
    const fields = Object.entries(attributes).filter(([attribute]) => !/^xml(ns)?(:|$)/.test(attribute));
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#openRecord(name, fields, line);
    else if (!parent.isRecord) {
      parent.isRecord = true;
      this.#addNested(parent);
    }
    const isRecord = parent === undefined || fields.length > 0;
    const opened = { name, line, isRecord, text: "" };
    this.#open.push(opened);
    if (parent !== undefined && isRecord) this.#addNested(opened);
  }

  /** Text inside an element; false when a record has become too large. */
  text(text: string, line: number): boolean {
    const current = this.#open.at(-1);
    if (current !== undefined) this.#recordChars += text.length;
    if (this.#recordChars > recordLimitChars) return false;
    if (current !== undefined && !current.isRecord) current.text += text;
    else if (this.#insideRoot && text.trim() !== "") {
      const inside = current === undefined ? "between the records" : `directly in ${excerpt(current.name)}`;
      this.#add("DMFP-LINT-XML-TEXT", line, `There is text ${inside}: ${excerpt(text.trim())}.`);
    }
    return true;
  }

  /** The innermost open tag was closed. */
  close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    if (this.#open.length === 0) {
      this.#records++;
      this.#check.add(this.#values, closed.line);
    } else if (this.#open.length === 1 && !closed.isRecord) {
      if (this.#context.format.fieldsIn === "attributes") {
        this.#add(
          "DMFP-LINT-XML-LAYOUT",
          closed.line,
          `The field ${excerpt(closed.name)} is an element; ${this.#context.entity.format} has fields as attributes.`,
        );
      }
      this.#setField(closed.name, closed.text, closed.line);
    }
  }

  /** At the end of the file; returns the number of records. */
  end(): number {
    this.#check.end();
    if (this.#records === 0) {
      this.#context.log.add("DMFP-LINT-DATA-NO-RECORDS", dataPlace(this.#context), () => ({
        message: `${this.#context.entry} has no record.`,
      }));
    } else {
      lintColumns([...this.#seenFields], {}, this.#context);
    }
    return this.#records;
  }

  #openRecord(name: string, fields: readonly (readonly [string, string])[], line: number): void {
    this.#values = new Array<string>(this.#columns.size).fill("");
    this.#fieldsOfRecord = new Set();
    this.#recordChars = 0;
    this.#judgeName(name, line);
    if (fields.length > 0 && this.#context.format.fieldsIn === "elements") {
      const [first] = fields;
      this.#add(
        "DMFP-LINT-XML-LAYOUT",
        line,
        `The field ${excerpt(first?.[0] ?? "")} is an attribute; ${this.#context.entity.format} has fields as elements.`,
      );
    }
    for (const [field, value] of fields) this.#setField(field, value, line);
  }

  #judgeName(name: string, line: number): void {
    const wanted = this.#entityName ?? this.#firstRecord ?? name;
    this.#firstRecord ??= name;
    if (name.toUpperCase() !== wanted.toUpperCase()) {
      const upper = excerpt(wanted.toUpperCase());
      const message =
        this.#entityName === undefined
          ? `The record is called ${excerpt(name)}, the first one ${upper}.`
          : `The record is called ${excerpt(name)}; F&O expects ${upper}.`;
      this.#add("DMFP-LINT-XML-RECORD", line, message);
    } else if (name !== name.toUpperCase()) {
      this.#add(
        "DMFP-LINT-XML-RECORD-CASE",
        line,
        `The record is called ${excerpt(name)}, not in upper case.`,
      );
    }
  }

  #addNested({ name, line }: OpenElement): void {
    if (isComposite(this.#context.entity.label)) return;
    this.#add("DMFP-LINT-XML-NESTED", line, `The record has a record inside: ${excerpt(name)}.`);
  }

  #setField(name: string, value: string, line: number): void {
    if (this.#fieldsOfRecord.has(name)) {
      this.#add("DMFP-LINT-XML-FIELD-TWICE", line, `The record has the field ${excerpt(name)} twice.`);
      return;
    }
    this.#fieldsOfRecord.add(name);
    if (this.#seenFields.size < maxFields) this.#seenFields.add(name);
    const index = this.#columns.get(name.toUpperCase());
    if (index !== undefined) this.#values[index] = value;
  }

  #add(rule: LintRuleId, line: number, message: string): void {
    this.#context.log.add(rule, dataPlace(this.#context, { line }), () => ({ message }));
  }
}
