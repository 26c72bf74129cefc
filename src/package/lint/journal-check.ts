import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";

const maxBatchLines = 10_000;
const maxVoucherLines = 10;

/**
 * Counts lines per batch and per voucher of a general journal (Microsoft's documentation of the entity: about 10,000
 * and 10 at most). Lines that follow one another are counted, because a journal is sent in its order; that keeps the
 * memory small.
 */
export class JournalCheck {
  readonly #context: DataContext;
  readonly #batch: number;
  readonly #voucher: readonly number[];
  #batchRun = { name: "", lines: 0, line: 0 };
  #voucherRun = { name: "", lines: 0, line: 0 };

  constructor(columns: readonly string[], context: DataContext) {
    this.#context = context;
    this.#batch = columns.indexOf("JOURNALBATCHNUMBER");
    const voucher = columns.indexOf("VOUCHER");
    // A voucher is its number and its date, inside a batch.
    this.#voucher = voucher === -1 ? [] : [this.#batch, columns.indexOf("TRANSDATE"), voucher];
  }

  /** One line of a journal. */
  add(values: readonly string[], line: number): void {
    const batch = values[this.#batch] ?? "";
    if (batch === this.#batchRun.name) this.#batchRun.lines++;
    else {
      this.#endBatch();
      this.#batchRun = { name: batch, lines: 1, line };
    }
    const voucher = this.#voucher.map((index) => values[index] ?? "").join("\0");
    if (voucher === this.#voucherRun.name) this.#voucherRun.lines++;
    else {
      this.#endVoucher();
      this.#voucherRun = { name: voucher, lines: 1, line };
    }
  }

  /** At the end of the file. */
  end(): void {
    this.#endBatch();
    this.#endVoucher();
  }

  #endBatch(): void {
    const { name, lines, line } = this.#batchRun;
    if (this.#batch === -1 || name === "" || lines <= maxBatchLines) return;
    this.#context.log.add("DMFP-LINT-JOURNAL-BATCH", dataPlace(this.#context, { line }), () => ({
      message: `The journal ${excerpt(name)} has ${lines} lines.`,
    }));
  }

  #endVoucher(): void {
    const { name, lines, line } = this.#voucherRun;
    const voucher = name.split("\0").at(-1) ?? "";
    if (this.#voucher.length === 0 || voucher === "" || lines <= maxVoucherLines) return;
    this.#context.log.add("DMFP-LINT-JOURNAL-VOUCHER", dataPlace(this.#context, { line }), () => ({
      message: `The voucher ${excerpt(voucher)} has ${lines} lines.`,
    }));
  }
}
