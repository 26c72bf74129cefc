export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads the text format of Prometheus as strictly as its documentation has it (version 0.0.4): HELP and TYPE before the
 * samples of a metric, each once; names and escapes of labels; the samples of a metric in one piece, none twice; a line
 * end at the end. Throws on everything else.
 */
export function parsePrometheus(text: string): readonly ParsedSample[] {
  if (!text.endsWith("\n")) throw new Error("no line end at the end");
  const samples: ParsedSample[] = [];
  const helped = new Set<string>();
  const typed = new Map<string, string>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] =
      /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (helped.has(name)) throw new Error(`HELP of ${name} twice`);
      if (rest.replace(/\\[\\n]/g, "").includes("\\")) throw new Error(`escape in HELP of ${name}`);
      helped.add(name);
    } else if (keyword === "TYPE") {
      if (typed.has(name)) throw new Error(`TYPE of ${name} twice`);
      if (!["counter", "gauge"].includes(rest)) throw new Error(`TYPE ${rest}`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${rest}`);
      typed.set(name, rest);
      current = name;
    } else {
      const sample = parseSample(line);
      if (sample.name !== current || !helped.has(sample.name))
        throw new Error(`${line}: not below its HELP and TYPE`);
      const series = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (seen.has(series)) throw new Error(`${line}: twice`);
      seen.add(series);
      samples.push(sample);
    }
  }
  return samples;
}

function parseSample(line: string): ParsedSample {
  const [, name = "", labelText = "", number = ""] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(
      line,
    ) ?? [];
  if (name === "") throw new Error(`${line}: no sample`);
  const value = Number(number);
  if (number === "" || Number.isNaN(value)) throw new Error(`${line}: ${number} is no number`);
  const labels: Record<string, string> = {};
  for (const [, label = "", escaped = ""] of labelText.matchAll(
    /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g,
  )) {
    if (label in labels) throw new Error(`${line}: label ${label} twice`);
    labels[label] = escaped.replace(/\\(.)/g, (_whole, letter: string) => (letter === "n" ? "\n" : letter));
  }
  return { name, labels, value };
}
