import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DmfpipeError, formatPlace } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { parseDeclared } from "../../project/declared-file.ts";
import type { Located } from "../../project/located.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import {
  addNumbers,
  numberText,
  readCount,
  readNumber,
  subtractNumbers,
  zero,
  type ExactNumber,
} from "./exact-number.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import type { ResourceFile } from "./mapping-resources.ts";

/** A number the sender declared. */
interface DeclaredValue {
  /** `records`, or the name of a control total. */
  readonly name: string;
  readonly number: ExactNumber;
  /** Where it was declared, for people. */
  readonly place: string;
}

/** What the sender declared of the extract of one entity. */
export interface DeclaredTotals {
  readonly values: readonly DeclaredValue[];
  /** Where it stands, part of what a run is made of. */
  readonly files: readonly ResourceFile[];
  /** What is wrong with what was declared, before anything is compared: whole sentences. */
  readonly problems: readonly string[];
}

/**
 * Reads what the mapping, and the file it names, declare. What is wrong with the file is a problem in the result and
 * stops nothing yet, so that it comes out together with everything else that is wrong with the extract.
 *
 * @param sources the entity's source files, whose names `{name}` in the file's name stands for
 * Throws DMFP-PATH-OUTSIDE.
 */
export function readDeclared(
  project: Project,
  definition: MappingDefinition,
  sources: readonly { readonly name: string }[],
): DeclaredTotals {
  const { declared } = definition;
  if (declared === undefined) return { values: [], files: [], problems: [] };
  const problems: string[] = [];
  const values: DeclaredValue[] = [];
  const written = [
    ...(declared.records === undefined ? [] : [{ name: "records", located: declared.records }]),
    ...[...declared.totals].map(([name, located]) => ({ name, located })),
  ];
  for (const { name, located } of written) {
    const place = formatPlace({ file: definition.file, line: located.line });
    const value = valueOf({ name, text: located.value, place }, definition, problems);
    if (value !== undefined) values.push(value);
  }
  if (declared.file === undefined) return { values, files: [], problems };
  const files = declaredFiles(project, definition, { file: declared.file, sources });
  values.push(...valuesOfFiles(files, definition, problems));
  return { values, files: files.filter((file) => existsSync(file.path)), problems };
}

/**
 * What was read that is not what the sender declared: a whole sentence for each difference, in the order in which it
 * was declared. Amounts are the same when their numbers are, however they are written.
 *
 * @param counts those of the entity
 */
export function declaredDifferences(declared: DeclaredTotals, counts: readonly BuildCounts[]): string[] {
  const read = counts.reduce((sum, row) => sum + row.read, 0);
  const totals = new Map(counts.flatMap((row) => Object.entries(row.controlTotals)));
  const differences = declared.values.flatMap(({ name, number, place }) => {
    const found = name === "records" ? String(read) : (totals.get(name) ?? "0");
    const difference = subtractNumbers(readNumber(found) ?? zero, number);
    if (difference.units === 0n) return [];
    const [fewer, more] = name === "records" ? ["too few", "too many"] : ["too little", "too much"];
    const size = numberText({
      ...difference,
      units: difference.units < 0n ? -difference.units : difference.units,
    });
    const amount = `${size} ${difference.units < 0n ? fewer : more}`;
    return name === "records"
      ? `${numberText(number)} records were declared (${place}), ${found} were read: ${amount}.`
      : `${name} was declared as ${numberText(number)} (${place}), the records that could be read add up to ${found}: ${amount}.`;
  });
  return [...declared.problems, ...differences];
}

/** The declared numbers by name, as decimal texts; undefined where there are none. */
export function declaredTexts(declared: DeclaredTotals): Readonly<Record<string, string>> | undefined {
  if (declared.values.length === 0) return undefined;
  return Object.fromEntries(declared.values.map(({ name, number }) => [name, numberText(number)]));
}

function declaredFiles(
  project: Project,
  definition: MappingDefinition,
  declared: { readonly file: Located<string>; readonly sources: readonly { readonly name: string }[] },
): ResourceFile[] {
  const { root, sourceRoots } = project;
  const { value: pattern, line, column } = declared.file;
  const at = { file: definition.file, line, column };
  const names = declared.sources.map(({ name }) => path.basename(name, path.extname(name)));
  const wanted = names.map((name) => pattern.replaceAll("{name}", () => name));
  return [...new Set(pattern.includes("{name}") ? wanted : [pattern])].map((configured) => {
    const file = resolveInside({ root, sourceRoots, configured, at });
    return { path: file, name: path.relative(root, file) };
  });
}

/** The numbers of all files, added up. None where a file cannot be used: the sums would be of another whole. */
function valuesOfFiles(
  files: readonly ResourceFile[],
  definition: MappingDefinition,
  problems: string[],
): DeclaredValue[] {
  const sums = new Map<string, DeclaredValue>();
  let complete = true;
  for (const file of files) {
    const own = new Set<string>();
    const values = valuesOfFile(file, definition, problems);
    if (values === undefined) complete = false;
    for (const value of values ?? []) {
      if (own.has(value.name)) problems.push(`${value.name} is declared twice (${value.place}).`);
      own.add(value.name);
      const sum = sums.get(value.name);
      const number = sum === undefined ? value.number : addNumbers(sum.number, value.number);
      const place = sum === undefined ? value.place : `${files.length} files such as ${files[0]?.name ?? ""}`;
      sums.set(value.name, { name: value.name, number, place });
    }
  }
  return complete ? [...sums.values()] : [];
}

function valuesOfFile(
  file: ResourceFile,
  definition: MappingDefinition,
  problems: string[],
): DeclaredValue[] | undefined {
  try {
    return parseDeclared(readFileSync(file.path, "utf8"), file.name).flatMap(({ name, text, line }) => {
      const place = formatPlace({ file: file.name, line });
      return valueOf({ name, text, place }, definition, problems) ?? [];
    });
  } catch (thrown) {
    problems.push(whyUnusable(file, thrown));
    return undefined;
  }
}

function whyUnusable(file: ResourceFile, thrown: unknown): string {
  if (thrown instanceof DmfpipeError && thrown.code === "DMFP-SOURCE-DECLARED") {
    const place = formatPlace(thrown.at);
    return `${thrown.message}${place === "" ? "" : ` (${place})`}`;
  }
  if (!(thrown instanceof Error) || !("code" in thrown)) throw thrown;
  if (thrown.code === "ENOENT") return `There is no file ${file.name} with the declared numbers.`;
  return `${file.name} cannot be read: ${thrown.message}.`;
}

/** The number, if it is one that can be compared; else a problem. */
function valueOf(
  declared: { readonly name: string; readonly text: string; readonly place: string },
  definition: MappingDefinition,
  problems: string[],
): DeclaredValue | undefined {
  const { name, text, place } = declared;
  const totals = [...definition.controlTotals.keys()];
  if (name !== "records" && !totals.includes(name)) {
    const hint = didYouMean(name, ["records", ...totals]);
    problems.push(
      `${name} is declared (${place}), but ${definition.file} has no control total of that name.${hint}`,
    );
    return undefined;
  }
  const number = name === "records" ? readCount(text) : readNumber(text);
  if (number !== undefined) return { name, number, place };
  problems.push(
    `${name} is declared as "${text}" (${place}), which is no ${name === "records" ? "whole " : ""}number.`,
  );
  return undefined;
}
