import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { scrub } from "../errors/redaction.ts";
import { reasonRegistry, type ReasonCode } from "../errors/registry.ts";
import { publishJunit, type JunitCase, type JunitSuite } from "./junit-file.ts";
import type { Rejection } from "./rejection.ts";
import { stoppedBy } from "./sarif.ts";
import { formatCount, formatNoun } from "./report/number-words.ts";
import type { EntitySummary, RunObjection, RunSummary } from "./summary.ts";

/** Rows that one failure lists; all are in the files of the run. */
const listedRows = 20;

export interface CheckJunitOptions {
  /** Path of the file to write. */
  readonly file: string;
  /** Of the run; absent where it did not come to one. */
  readonly summary?: RunSummary;
  readonly rejections: AsyncIterable<Rejection>;
  /** Where all rejections are, for people. */
  readonly fullList: string;
  /** What stopped the check, or kept it from beginning. */
  readonly error?: DmfpipeError;
}

/**
 * Writes what a check found as a JUnit report: a suite for each entity and company. It has one case that passes where
 * the counts add up, with the counts, and a case that fails for each code that records were rejected with. A case
 * names its first twenty rows and says how many there are. Mistakes of the configuration are errors of a suite of
 * their own. Throws DMFP-FILE-WRITE, and what `rejections` throws.
 */
export async function writeJunit(options: CheckJunitOptions): Promise<void> {
  const { file, summary, error, fullList } = options;
  const findings = new Findings();
  for await (const rejection of options.rejections) findings.add(rejection);
  const entities = summary?.entities ?? [];
  const suites = entities.map((entity) => entitySuite(entity, findings.of(entity), { summary, fullList }));
  const objections = summary?.objections ?? [];
  const mistakes = stoppedBy(error, objections);
  const stopped = mistakes.length === 0 ? [] : [stoppedSuite(mistakes)];
  const objected = objections.length === 0 ? [] : [objectionSuite(objections)];
  await publishJunit(file, "dmfpipe check", [...stopped, ...objected, ...suites]);
}

/** The records of one entity and company that have a reason of one code. */
interface Finding {
  readonly code: ReasonCode;
  records: number;
  readonly rows: string[];
  /** The source of the first row. */
  readonly file: string;
}

/** What was found, by entity, company and code: no more of each than is listed. */
class Findings {
  readonly #found = new Map<string, Map<ReasonCode, Finding>>();

  add(rejection: Rejection): void {
    const { entity, legalEntity = "", position, key } = rejection;
    const place = JSON.stringify([entity, legalEntity]);
    let byCode = this.#found.get(place);
    if (byCode === undefined) this.#found.set(place, (byCode = new Map<ReasonCode, Finding>()));
    for (const code of new Set(rejection.reasons.map((reason) => reason.code))) {
      let finding = byCode.get(code);
      if (finding === undefined) {
        byCode.set(code, (finding = { code, records: 0, rows: [], file: position.file }));
      }
      finding.records++;
      if (finding.rows.length === listedRows) continue;
      const messages = rejection.reasons.filter((reason) => reason.code === code);
      const words = messages.map(({ message }) => scrub(message)).join(" ");
      const known = key === undefined ? "" : ` ${key.join(", ")}`;
      finding.rows.push(`${position.file}:${position.line}${known}: ${words}`);
    }
  }

  of({ entity, legalEntity }: EntitySummary): readonly Finding[] {
    const found = this.#found.get(JSON.stringify([entity, legalEntity]));
    return [...(found?.values() ?? [])].sort((a, b) => b.records - a.records);
  }
}

function entitySuite(
  entity: EntitySummary,
  findings: readonly Finding[],
  run: { readonly summary: RunSummary | undefined; readonly fullList: string },
): JunitSuite {
  const { read, filtered, rejectedHere, packaged } = entity;
  return {
    name: `${entity.entity} ${entity.legalEntity === "" ? "(no company)" : entity.legalEntity}`,
    ...(run.summary === undefined ? {} : { startedAt: run.summary.startedAt }),
    properties: { read, leftOut: filtered, rejected: rejectedHere, ready: packaged },
    cases: [countsCase(entity), ...findings.map((finding) => findingCase(finding, run.fullList))],
  };
}

function countsCase(entity: EntitySummary): JunitCase {
  const { read, filtered, rejectedHere, packaged, balanced } = entity;
  const equation = `${read} read = ${filtered} left out + ${rejectedHere} rejected + ${packaged} ready`;
  const name = "every record is accounted for";
  if (balanced) return { name };
  const message = `The counts do not balance: ${equation}.`;
  return { name, problem: { kind: "failure", type: "DMFP-UNBALANCED", message, text: message } };
}

function findingCase({ code, records, rows, file }: Finding, fullList: string): JunitCase {
  const { title, next } = reasonRegistry[code];
  const more = records - rows.length;
  const rest = more > 0 ? [`and ${formatCount(more)} more.`] : [];
  const text = [...rows, ...rest, "", next, `All rejected records, with every reason: ${fullList}`].join(
    "\n",
  );
  const message = `${formatNoun(records, "record")}: ${title}`;
  return { name: `${code} ${title}`, file, problem: { kind: "failure", type: code, message, text } };
}

function stoppedSuite(mistakes: readonly DmfpipeError[]): JunitSuite {
  const cases = mistakes.map(({ code, message, next, at }, index): JunitCase => {
    const place = [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
    return {
      name: `${code} ${place === "" ? String(index + 1) : place}`,
      file: at.file,
      problem: { kind: "error", type: code, message, text: `${message}\n${place}\n${next}` },
    };
  });
  return { name: "what stopped the check", cases };
}

function objectionSuite(objections: readonly RunObjection[]): JunitSuite {
  const cases = objections.map(({ code, entity, message }): JunitCase => ({
    name: `${code} ${entity ?? "the whole load"}`,
    problem: { kind: "failure", type: code, message, text: message },
  }));
  return { name: "what would stop a load", cases };
}
