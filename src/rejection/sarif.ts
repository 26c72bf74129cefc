import { createHash } from "node:crypto";
import { formatPlace, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import { mistakesOf } from "../errors/mistakes.ts";
import type { Reason } from "../errors/reason.ts";
import { scrub } from "../errors/redaction.ts";
import { errorRegistry, reasonRegistry, type CodeEntry } from "../errors/registry.ts";
import type { Rejection } from "./rejection.ts";
import { SarifFile, type SarifResult, type SarifRule } from "./sarif-file.ts";
import type { RunObjection, RunSummary } from "./summary.ts";

export interface CheckSarifOptions {
  /** Path of the file to write. */
  readonly file: string;
  /** Version of dmfpipe. */
  readonly version: string;
  /** The project's root, absolute; paths in the file are relative to it. */
  readonly root: string;
  readonly environment: string;
  /** Of the run; absent where it did not come to one. */
  readonly summary?: RunSummary;
  readonly rejections: AsyncIterable<Rejection>;
  /** What stopped the check, or kept it from beginning: mistakes of mappings come with their lines. */
  readonly error?: DmfpipeError;
}

/**
 * Writes what a check found as SARIF 2.1.0: one result for each reason of each rejected record, with file and line
 * of the source, and one for each mistake of the configuration, with file and line of the YAML. Streams. Returns
 * the number of results. Throws DMFP-FILE-WRITE, and what `rejections` throws; no half-written file is left.
 */
export async function writeSarif(options: CheckSarifOptions): Promise<number> {
  const { file, version, root, environment, summary, error } = options;
  const objections = summary?.objections ?? [];
  const mistakes = stoppedBy(error, objections);
  const codes = [...mistakes, ...objections].map(({ code }) => code);
  const sarif = await SarifFile.open({
    file,
    version,
    root,
    category: `check/${environment}`,
    rules: rulesOf([...codes, ...Object.keys(summary?.rejections.byCode ?? {}).toSorted()]),
  });
  try {
    for (const mistake of mistakes) await sarif.write(mistakeResult(mistake));
    for (const objection of objections) await sarif.write(objectionResult(objection));
    for await (const rejection of options.rejections) {
      for (const result of rejectionResults(rejection)) await sarif.write(result);
    }
    await sarif.close({
      successful: mistakes.length === 0,
      exitCode: error?.entry.exitCode ?? summary?.exitCode ?? 0,
      notifications: mistakes.map(({ code, message }) => `${code}: ${message}`),
      ...(summary === undefined
        ? {}
        : { properties: { run: summary.run, project: summary.project, environment } }),
    });
  } catch (thrown) {
    await sarif.abort();
    throw thrown;
  }
  return sarif.results;
}

/** What broke the check off. One whose error just sums its objections up has come to its end. */
export function stoppedBy(
  error: DmfpipeError | undefined,
  objections: readonly RunObjection[],
): readonly DmfpipeError[] {
  if (error === undefined || objections.some(({ code }) => code === error.code)) return [];
  return mistakesOf(error);
}

function rulesOf(codes: readonly string[]): SarifRule[] {
  const known: Readonly<Record<string, CodeEntry>> = { ...errorRegistry, ...reasonRegistry };
  return [...new Set(codes)].map((id) => ({
    id,
    title: known[id]?.title ?? id,
    help: known[id]?.next ?? "",
  }));
}

function mistakeResult(mistake: DmfpipeError): SarifResult {
  const { code, message, next, at } = mistake;
  return {
    ruleId: code,
    level: "error",
    message: `${message} ${next}`,
    file: at.file,
    line: at.line,
    column: at.column,
    ...(at.field === undefined ? {} : { logicalPlace: [at.field] }),
    fingerprint: fingerprint([code, at.file ?? "", at.field ?? "", message]),
    properties: { place: formatPlace(at) },
  };
}

function objectionResult({ code, entity, message }: RunObjection): SarifResult {
  return {
    ruleId: code,
    level: "error",
    message,
    ...(entity === undefined ? {} : { logicalPlace: [entity] }),
    fingerprint: fingerprint([code, entity ?? "", message]),
  };
}

function rejectionResults(rejection: Rejection): SarifResult[] {
  const { entity, legalEntity, stage, key, position, raw, reasons } = rejection;
  const lines = raw.match(/\r\n|\n|\r/g)?.length ?? 0;
  return reasons.map((reason, index) => ({
    ruleId: reason.code,
    level: "error" as const,
    message: scrub(`${reason.message} ${reason.fix}`),
    file: position.file,
    line: position.line,
    endLine: position.line + lines,
    logicalPlace: [entity, legalEntity ?? "none", ...(reason.field === undefined ? [] : [reason.field])],
    fingerprint: reasonFingerprint(rejection, reason, index),
    properties: {
      entity,
      ...(legalEntity === undefined ? {} : { legalEntity }),
      stage,
      ...(key === undefined ? {} : { key }),
      ...(reason.field === undefined ? {} : { field: reason.field }),
      ...(reason.value === undefined ? {} : { value: reason.value }),
      record: position.record,
    },
  }));
}

/**
 * Record key, code and field: the same after other lines or other columns of the source were corrected. Where there
 * is no key, or the key is the problem because several records have it, the record's text says which one it is.
 */
function reasonFingerprint(rejection: Rejection, reason: Reason, index: number): string {
  const { entity, legalEntity, key, raw, reasons } = rejection;
  const byText = key === undefined || reason.code === "DMFP-KEY-DUPLICATE";
  // A field can be wrong twice in the same way only where it is made of several columns.
  const before = reasons.slice(0, index);
  const again = before.filter(({ code, field }) => code === reason.code && field === reason.field).length;
  return fingerprint([
    entity,
    legalEntity ?? "",
    ...(key ?? []),
    byText ? raw : "",
    reason.code,
    reason.field ?? "",
    String(again),
  ]);
}

function fingerprint(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
