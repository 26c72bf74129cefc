import { hash } from "node:crypto";
import type { Reason } from "../../errors/reason.ts";
import type { Rejection } from "../rejection.ts";

/** Bytes that stand for a record; a reason's fingerprint begins with those of its record. */
export const recordBytes = 8;
/** Bytes that stand for one reason of one record. */
export const fingerprintBytes = 16;

/** What of a rejection says which record it is of. */
export type IdentifiedRecord = Pick<
  Rejection,
  "entity" | "legalEntity" | "key" | "columns" | "values" | "raw"
>;

/**
 * The first bytes of a hash of what a record is known by from one run to the next, however its line moves: entity, legal
 * entity, and its key as it was mapped. A key of which a part is missing is no key: then the source columns that the
 * key is made of, and where they say nothing either, the text of the record. Case and blanks around a value do not count,
 * as they do not for F&O.
 *
 * @param keyColumns names of the source columns that the key fields are made of
 */
export function recordHash(record: IdentifiedRecord, keyColumns: readonly string[]): Buffer {
  return digest([record.entity, record.legalEntity ?? "", ...identity(record, keyColumns)], recordBytes);
}

function identity(
  { key = [], columns, values, raw }: IdentifiedRecord,
  keyColumns: readonly string[],
): readonly string[] {
  if (key.length > 0 && key.every((part) => part.trim() !== "")) return ["key", ...key.map(plain)];
  const source = keyColumns.flatMap((name) => {
    const index = columns.indexOf(name);
    return index < 0 ? [] : [plain(values[index] ?? "")];
  });
  return source.some((value) => value !== "") ? ["source", ...source] : ["text", raw.trim()];
}

const dateTime = /^(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}:\d{2})(?:\.0+)?z?$/;

/** Packages write `2026-01-31 00:00:00` where mapped values are `2026-01-31`, and both may be at hand of one record. */
function plain(value: string): string {
  const text = value.trim().toLowerCase();
  const [, day, time] = dateTime.exec(text) ?? [];
  if (day === undefined) return text;
  return time === "00:00:00" ? day : `${day} ${time}`;
}

/** The hash of a record that is the second, third … of a run with the same identity: `times` is 2, 3 …  */
export function repeatedRecordHash(record: Uint8Array, times: number): Buffer {
  return digest([Buffer.from(record).toString("hex"), String(times)], recordBytes);
}

/**
 * A record's hash and a hash of one of its reasons: code, field, and message without its values, so that another amount
 * in the same message is the same reason.
 */
export function reasonFingerprint(record: Uint8Array, reason: Reason): Buffer {
  const { code, field = "", message, value = "" } = reason;
  const told = JSON.stringify([code, field, message, value]);
  let own = ownParts.get(told);
  if (own === undefined) {
    own = digest([code, field.toLowerCase(), stableShape(reason)], fingerprintBytes - recordBytes);
    if (ownParts.size === mostOwnParts) ownParts.clear();
    ownParts.set(told, own);
  }
  return Buffer.concat([record, own]);
}

/** What fingerprints of the same reason have in common: many records are rejected with the very same words. */
const ownParts = new Map<string, Buffer>();
const mostOwnParts = 100;

const mask = "‹…›";
// Bounded, so that a hostile text cannot make matching slow.
const quoted = /["“„«‹`'][^"“”„«»‹›`'\n]{0,300}["“”»›`']/gu;

/**
 * A message without its values: the offending one, whatever is quoted, and every word with a digit in it. Not the shape
 * by which the report groups messages: that is for people and may get better, while each change of this one would make
 * every open reason new.
 */
export function stableShape({ message, value = "" }: Pick<Reason, "message" | "value">): string {
  const text = value.length > 1 ? message.replaceAll(value, mask) : message;
  return text
    .replaceAll(quoted, mask)
    .split(/\s+/)
    .map((word) => (/\p{N}/u.test(word) ? mask : word.toLowerCase()))
    .join(" ")
    .trim();
}

function digest(parts: readonly string[], bytes: number): Buffer {
  return hash("sha256", JSON.stringify(parts), "buffer").subarray(0, bytes);
}
