import type { Profiler } from "node:inspector";

/** What a thread is found doing. */
export type Work =
  "reading" | "mapping" | "packing" | "sending" | "rejections" | "sandbox" | "other" | "memory" | "waiting";

/** By folder of the source code, the more particular ones first. */
const folders: readonly (readonly [string, Work])[] = [
  ["source/", "reading"],
  ["mapping/", "mapping"],
  ["entity/", "mapping"],
  ["load/reading/", "mapping"],
  ["package/", "packing"],
  ["load/packing/", "packing"],
  ["load/composite/", "packing"],
  ["environment/", "sending"],
  ["load/sending/", "sending"],
  ["rejection/", "rejections"],
  ["load/collecting/", "rejections"],
  ["load/reporting/", "rejections"],
  ["sandbox/", "sandbox"],
];
/** The profiler's own names for what is no function. */
const states: Readonly<Record<string, Work>> = { "(garbage collector)": "memory", "(idle)": "waiting" };
const sourceFolder = new URL("../../", import.meta.url).href;

/**
 * Adds up what a thread did, in milliseconds, from profiles of Node's sampling profiler. A sample counts for the
 * innermost function of dmfpipe's own on the stack: decoding a text for the reader of sources is reading.
 */
export class WorkTimes {
  readonly #ms = new Map<Work, number>();

  add({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
    const workOf = workByNode(nodes);
    for (const [index, id] of samples.entries()) {
      const work = workOf.get(id) ?? "other";
      // A clock that was set back gives a negative one.
      const ms = Math.max(0, timeDeltas[index] ?? 0) / 1000;
      this.#ms.set(work, (this.#ms.get(work) ?? 0) + ms);
    }
  }

  /** Milliseconds by what was done; what took none is not there. */
  get ms(): ReadonlyMap<Work, number> {
    return this.#ms;
  }
}

function workByNode(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, Work> {
  const work = new Map<number, Work>();
  // A node stands behind the one that lists it as a child, so what a parent does is known when its children are met.
  for (const node of nodes) {
    const own = workOfFrame(node.callFrame) ?? work.get(node.id) ?? "other";
    work.set(node.id, own);
    for (const child of node.children ?? []) work.set(child, own);
  }
  return work;
}

function workOfFrame({ functionName, url }: { functionName: string; url: string }): Work | undefined {
  if (!url.startsWith(sourceFolder)) return states[functionName];
  const file = url.slice(sourceFolder.length);
  return folders.find(([folder]) => file.startsWith(folder))?.[1] ?? "other";
}
