import { gzipSync } from "node:zlib";
import type { Rejection } from "../rejection.ts";
import { Pool, rowDetail, rowIndex, type RowPools } from "./row-data.ts";

const greatestSample = 512;

/** A sample of a stream, evenly spread over it, of at most 512 rejections whatever comes. */
export class RowSample {
  #kept: Rejection[] = [];
  #stride = 1;
  #seen = 0;

  add(rejection: Rejection): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(rejection);
    if (this.#kept.length < greatestSample) return;
    this.#kept = this.#kept.filter((_, position) => position % 2 === 0);
    this.#stride *= 2;
  }

  /** Bytes that a row of the page takes on average: `briefBytes` without its source row, `wholeBytes` with it. */
  sizes(): { readonly briefBytes: number; readonly wholeBytes: number } {
    return { briefBytes: this.#average(false), wholeBytes: this.#average(true) };
  }

  #average(whole: boolean): number {
    if (this.#kept.length === 0) return 0;
    const pools: RowPools = { texts: new Pool<string>(), columns: new Pool<readonly string[]>() };
    const rows = this.#kept.map((rejection) => {
      const context = { pools, groups: [0] };
      return [rowIndex(rejection, context), rowDetail(rejection, { ...context, whole })];
    });
    return ((4 / 3) * gzipSync(JSON.stringify(rows)).length) / this.#kept.length;
  }
}

/**
 * How many rows a page of about `sizeLimitBytes` can list, never more than `rowLimit`, and how many of those it can
 * show with their source row. The list comes first: a row without its source row still says where it is and why.
 */
export function rowAllowance(options: {
  readonly records: number;
  readonly briefBytes: number;
  readonly wholeBytes: number;
  readonly rowLimit: number;
  readonly sizeLimitBytes: number;
}): { readonly listed: number; readonly whole: number } {
  const { records, briefBytes, wholeBytes, sizeLimitBytes } = options;
  const room = briefBytes === 0 ? records : Math.floor(sizeLimitBytes / briefBytes);
  const listed = Math.min(records, options.rowLimit, Math.max(1, room));
  const more = wholeBytes - briefBytes;
  const left = sizeLimitBytes - listed * briefBytes;
  const whole = more <= 0 ? listed : Math.min(listed, Math.max(0, Math.floor(left / more)));
  return { listed, whole };
}
