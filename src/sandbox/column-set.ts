import {
  byName,
  singular,
  type ODataNavigation,
  type ODataProperty,
  type ODataSet,
  type ODataType,
} from "./odata-set.ts";
import { emptyDate } from "./odata-value.ts";

/** A property that is a column, or an expression over columns, of the sandbox's own tables. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: ODataType;
  /** Fixed SQL. */
  readonly sql: string;
  readonly size?: number;
  readonly mandatory?: boolean;
}

export const text: ODataType = { kind: "string" };
export const identifier: ODataType = { kind: "string", indexed: true };
export const integer: ODataType = { kind: "int32" };
export const yesOrNo: ODataType = { kind: "enum", name: "NoYes", members: ["No", "Yes"] };

/** A set of the Data management framework that shows the sandbox's own tables. Its rows belong to no company. */
export function columnSet(definition: {
  readonly name: string;
  readonly keys: readonly string[];
  /** From FROM on, with a WHERE. */
  readonly source: string;
  readonly order: string;
  readonly columns: readonly ColumnDefinition[];
  readonly navigations?: readonly ODataNavigation[];
}): ODataSet {
  const { name, keys, source, order, columns, navigations = [] } = definition;
  const properties = columns.map(({ sql, ...rest }): ODataProperty => {
    return { ...rest, column: rest.name, value: { text: sql, parameters: [] } };
  });
  return {
    name,
    typeName: singular(name),
    keys,
    properties: byName(properties),
    navigations: new Map(navigations.map((each) => [each.name, each])),
    byCompany: false,
    select: columns.map(({ name: column, sql }) => `${sql} AS "${column}"`).join(", "),
    source: () => ({ text: source, parameters: [] }),
    order,
    record: (row) => row,
  };
}

/** SQL of a column of 0 and 1 as NoYes. */
export function yesNo(column: string): string {
  return `iif(${column}, 'Yes', 'No')`;
}

/** SQL of a column of milliseconds as a date and time; one that is not set is F&O's empty date. */
export function moment(column: string): string {
  return `coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch'), '${emptyDate}')`;
}
