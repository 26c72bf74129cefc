import { publishText } from "../package/partial-file.ts";

/** One thing that was tested. Without `problem` it passed. */
export interface JunitCase {
  readonly name: string;
  /** Path of the file it is about, where there is one. */
  readonly file?: string | undefined;
  readonly problem?: {
    /** `error`: it could not be tested at all. */
    readonly kind: "failure" | "error";
    /** The code. */
    readonly type: string;
    /** One line. */
    readonly message: string;
    readonly text: string;
  };
}

/** Tests that belong together. */
export interface JunitSuite {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly startedAt?: string;
  readonly properties?: Readonly<Record<string, string | number>>;
  readonly cases: readonly JunitCase[];
}

/**
 * Writes a JUnit report as CI systems read it (the form of Apache Ant's and of Jenkins' schema; there is no standard):
 * suites with cases, their numbers added up. Characters that XML cannot carry become U+FFFD. Throws DMFP-FILE-WRITE.
 */
export async function publishJunit(file: string, name: string, suites: readonly JunitSuite[]): Promise<void> {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(name)}"${numbers(all)}>`,
    ...suites.map(suiteText),
    "</testsuites>",
    "",
  ];
  await publishText(file, lines.join("\n"));
}

function suiteText({ name, startedAt, properties = {}, cases }: JunitSuite): string {
  const time = startedAt === undefined ? "" : ` timestamp="${escaped(startedAt.slice(0, 19))}"`;
  const values = Object.entries(properties).map(
    ([key, value]) => `      <property name="${escaped(key)}" value="${escaped(String(value))}"/>`,
  );
  return [
    `  <testsuite name="${escaped(name)}"${numbers(cases)}${time}>`,
    ...(values.length === 0 ? [] : ["    <properties>", ...values, "    </properties>"]),
    ...cases.map((one) => caseText(name, one)),
    "  </testsuite>",
  ].join("\n");
}

function caseText(suite: string, { name, file, problem }: JunitCase): string {
  const place = file === undefined ? "" : ` file="${escaped(file)}"`;
  const start = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"${place}`;
  if (problem === undefined) return `${start}/>`;
  const { kind, type, message, text } = problem;
  return [
    `${start}>`,
    `      <${kind} type="${escaped(type)}" message="${escaped(message)}">${escaped(text)}</${kind}>`,
    "    </testcase>",
  ].join("\n");
}

function numbers(cases: readonly JunitCase[]): string {
  const count = (kind: "failure" | "error"): number =>
    cases.filter(({ problem }) => problem?.kind === kind).length;
  return ` tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="0"`;
}

const notXml = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(notXml, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}
