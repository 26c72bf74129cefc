import { parsePattern, type GroupPart, type PatternProblem, type RepeatedPart } from "./pattern-syntax.ts";

/** Longest text a pattern is tried on, in UTF-16 code units; longer ones reject their record. */
export const maxPatternText = 1_000;

/** Longest pattern, and most ways through its alternatives that are looked at. */
const maxPatternLength = 500;
const maxPaths = 200;
/** Most repetitions that are counted; beyond, a number is as good as none. */
const maxCount = 1_000;

/**
 * How fast the number of tries may grow with the length of a text: with its square. A thousand characters are
 * then tried in at most some milliseconds, whatever they are.
 */
const maxGrowth = 2;

/**
 * Characters that stand for all others when it is asked what two parts of a pattern have in common; those that are
 * written in the pattern, among them the ends of its ranges, come to them.
 */
const commonSamples = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...Array.from("\u00a0§°ÄÖÜßäéñøŁЖжΩω中のกא\u2028€–“’\u{1f600}"),
];

/**
 * Compiles a pattern (a regular expression of JavaScript, Unicode mode) that no text can make run away. Refused are
 * references back, looking around, a repetition inside a repetition, and more repetitions that can take the same
 * characters than keep the time below the square of the text's length. Gives what is wrong with it otherwise.
 * `whole`: the pattern is only ever asked whether it fits a text from end to end.
 */
export function compilePattern(
  pattern: string,
  options: { readonly whole?: boolean } = {},
): RegExp | PatternProblem {
  if (pattern === "") return { problem: "is empty", at: 0 };
  if (pattern.length > maxPatternLength) {
    return { problem: `has more than ${maxPatternLength} characters`, at: maxPatternLength };
  }
  const parsed = parsePattern(pattern);
  if ("problem" in parsed) return parsed;
  const { whole = false } = options;
  const problem = slowness(parsed, samplesFor(pattern), whole);
  if (problem !== undefined) return { problem, at: 0 };
  try {
    return new RegExp(whole ? `^(?:${pattern})$` : pattern, "u");
  } catch (thrown) {
    // The engine is the judge of the rest: ranges the wrong way round, unknown properties and escapes.
    const why = thrown instanceof Error ? thrown.message.replace(/^.*: /, "") : String(thrown);
    return { problem: `cannot be used: ${why}`, at: 0 };
  }
}

/** One part of a way through the pattern, with the samples it can take. */
interface Link {
  readonly text: string;
  readonly takes: ReadonlySet<number>;
  /** Can be passed by without taking a character. */
  readonly optional: boolean;
  /** Can take characters again and again. */
  readonly loops: boolean;
  readonly atStart: boolean;
}

function samplesFor(pattern: string): readonly string[] {
  const escaped = [...pattern.matchAll(/\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})/g)];
  const codes = escaped
    .map(([, braced, four, two]) => Number.parseInt(braced ?? four ?? two ?? "", 16))
    .filter((code) => code <= 0x10ffff);
  return [
    ...new Set([
      ...commonSamples,
      ...Array.from(pattern),
      ...codes.map((code) => String.fromCodePoint(code)),
    ]),
  ];
}

function slowness(pattern: GroupPart, samples: readonly string[], whole: boolean): string | undefined {
  const paths = pathsOf(pattern, samples);
  if (typeof paths === "string") return paths;
  for (const path of paths) {
    const anchored = whole || path[0]?.atStart === true;
    const { growth, loops } = worstGrowth(path);
    const total = growth + (anchored ? 0 : 1);
    if (total <= maxGrowth) continue;
    const parts = loops.map(({ text }) => text).join(" and ");
    const advice = anchored ? "" : " Begin it with ^, or";
    return `could run away: ${parts} can take the same characters.${advice} Make them differ: [^,]* instead of .* before a comma`;
  }
  return undefined;
}

/** Every way through alternatives and optional groups, as a chain of links; a sentence where there are too many. */
function pathsOf(group: GroupPart, samples: readonly string[]): Link[][] | string {
  const all: Link[][] = [];
  for (const branch of group.branches) {
    let ways: Link[][] = [[]];
    for (const repeated of branch) {
      const next = waysOf(repeated, samples);
      if (typeof next === "string") return next;
      ways = ways.flatMap((way) => next.map((more) => [...way, ...more]));
      if (ways.length > maxPaths) return "has too many alternatives";
    }
    all.push(...ways);
    if (all.length > maxPaths) return "has too many alternatives";
  }
  return all;
}

function waysOf(repeated: RepeatedPart, samples: readonly string[]): Link[][] | string {
  const { part, least, most, text } = repeated;
  if (least > maxCount || (most !== Infinity && most > maxCount))
    return `repeats ${text} more than ${maxCount} times`;
  if (part.kind === "place") {
    return [[{ text, takes: new Set(), optional: true, loops: false, atStart: part.text === "^" }]];
  }
  if (part.kind === "atom") {
    const takes = samplesOf(part.text, samples);
    return [[{ text, takes, optional: least === 0, loops: most > 1 && most !== least, atStart: false }]];
  }
  const inner = pathsOf(part, samples);
  if (typeof inner === "string") return inner;
  if (most === 1) return least === 0 ? [...inner, []] : inner;
  if (inner.some((way) => way.some(({ loops, optional, atStart }) => loops || (optional && !atStart)))) {
    return `has a repetition inside the repetition ${text}, which could run away`;
  }
  if (inner.length > 1) {
    return `repeats the alternatives ${text}, which could run away; write [ab]* instead of (a|b)*`;
  }
  const takes = new Set(inner.flatMap((way) => way.flatMap((link) => [...link.takes])));
  return [[{ text, takes, optional: least === 0, loops: most !== least, atStart: false }]];
}

function samplesOf(atom: string, samples: readonly string[]): ReadonlySet<number> {
  let single: RegExp;
  try {
    single = new RegExp(`^${atom}$`, "u");
  } catch {
    // Not valid by itself: the engine will say so about the whole pattern.
    return new Set(samples.keys());
  }
  const found = new Set<number>();
  for (const [index, sample] of samples.entries()) if (single.test(sample)) found.add(index);
  // A character beyond the samples is taken for one that anything could be.
  return found.size === 0 ? new Set(samples.keys()) : found;
}

/** The longest chain of loops of which each can go on with what the one before it takes. */
function worstGrowth(path: readonly Link[]): { growth: number; loops: readonly Link[] } {
  let worst: readonly Link[] = [];
  const chains: (readonly Link[])[] = [];
  for (const [index, link] of path.entries()) {
    let best: readonly Link[] = [];
    if (link.loops) {
      for (let before = 0; before < index; before++) {
        const chain = chains[before] ?? [];
        if (chain.length > best.length && canShare(path, before, index)) best = chain;
      }
    }
    const chain = link.loops ? [...best, link] : [];
    chains.push(chain);
    if (chain.length > worst.length) worst = chain;
  }
  return { growth: worst.length, loops: worst };
}

/** Whether some character can be taken by both loops and by everything that must stand between them. */
function canShare(path: readonly Link[], first: number, second: number): boolean {
  const between = path.slice(first + 1, second).filter(({ optional }) => !optional);
  const shared = [path[second], ...between];
  return [...(path[first]?.takes ?? [])].some((sample) =>
    shared.every((link) => link?.takes.has(sample) === true),
  );
}
