import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import type { ContractMembers } from "./contract-xml.ts";

/** One value in the seven kinds a manifest can hold; a kind that is absent has its empty value. */
export interface ConversionValue {
  /** `yyyy-MM-ddTHH:mm:ss`. */
  readonly dateValue?: string;
  readonly guidValue?: string;
  readonly intValue?: number;
  /** A decimal as text, so that no digit is lost. */
  readonly realValue?: string;
  readonly strValue?: string | null;
  /** Seconds since midnight. */
  readonly timeValue?: number;
  /** `yyyy-MM-ddTHH:mm:ss`. */
  readonly utcDateTime?: string;
}

/** What is staged in place of a value of the source: an EntityFieldConversion of the manifest. */
export interface FieldConversion {
  readonly fieldType?: string | null;
  /** The staging value is the field's default. */
  readonly isDefault?: boolean;
  readonly source?: ConversionValue;
  readonly staging?: ConversionValue;
}

export const emptyDate = "0001-01-01T00:00:00";
export const emptyGuid = "00000000-0000-0000-0000-000000000000";

/**
 * Members of an EntityFieldConversion. All of them are written, used or not: observed with Microsoft's serializer
 * assembly, which leaves none out and writes .NET's empty values. No export with a conversion is public.
 */
export function conversionContract(conversion: FieldConversion): ContractMembers {
  return {
    FieldType: conversion.fieldType ?? null,
    IsDefault: conversion.isDefault ?? false,
    Source: valueContract(conversion.source ?? {}),
    Staging: valueContract(conversion.staging ?? {}),
  };
}

function valueContract(value: ConversionValue): ContractMembers {
  return {
    DateValue: value.dateValue ?? emptyDate,
    GuidValue: value.guidValue ?? emptyGuid,
    IntValue: value.intValue ?? 0,
    RealValue: value.realValue ?? "0",
    StrValue: value.strValue ?? null,
    TimeValue: value.timeValue ?? 0,
    UtcDateTime: value.utcDateTime ?? emptyDate,
  };
}

/**
 * The conversion that holds the default of a field; `value` in canonical form. The text is always there, and beside it
 * the member of the field's type; an enum has its number: the one that was pulled, else its place among the known members. Assumption: that the
 * default stands in a conversion with IsDefault is inferred from the members' names, and nothing says which member
 * F&O reads for which type, except that the default of an enum is "saved in the manifest" (Microsoft's documentation
 * of data packages).
 */
export function defaultConversion(schema: EntitySchema, fieldName: string, value: string): FieldConversion {
  const field = schema.fields.get(fieldName);
  return {
    isDefault: true,
    source: {},
    staging: { strValue: value, ...(field === undefined ? {} : typedValue(schema, field, value)) },
  };
}

/**
 * The conversion of one value of the data file into another, as Mapping details make them: both as text, and the staged
 * one in the member of the field's type beside it. Assumption as for `defaultConversion`.
 */
export function valueConversion(options: {
  readonly schema: EntitySchema;
  readonly field: string;
  readonly from: string;
  /** In canonical form. */
  readonly to: string;
}): FieldConversion {
  const { schema, field, from, to } = options;
  const known = schema.fields.get(field);
  return {
    source: { strValue: from },
    staging: { strValue: to, ...(known === undefined ? {} : typedValue(schema, known, to)) },
  };
}

function typedValue(schema: EntitySchema, field: EntityField, value: string): ConversionValue {
  switch (field.type) {
    case "string":
    case "unknown":
      return {};
    case "int32":
      return { intValue: Number(value) };
    case "int64": {
      // The member is a 32-bit int in Microsoft's assembly; a larger number stands in the text only.
      const number = Number(value);
      return Number.isSafeInteger(number) && Math.abs(number) < 2 ** 31 ? { intValue: number } : {};
    }
    case "decimal":
      return { realValue: value };
    case "guid":
      return { guidValue: value.replace(/[{}]/g, "").toLowerCase() };
    case "enum": {
      const index = (schema.enums.get(field.enumName ?? "") ?? []).indexOf(value);
      const number = schema.enumNumbers?.get(field.enumName ?? "")?.[index] ?? index;
      return index < 0 ? {} : { intValue: number };
    }
    case "datetime": {
      const moment = value.includes("T") ? value : `${value}T00:00:00`;
      return { dateValue: moment, utcDateTime: moment };
    }
    default:
      return field.type satisfies never;
  }
}
