import { Breather } from "./pause.js";

const keptDetails = 32;
const greatestHaystackChars = 200_000_000;

/** What a data block holds. The text is base64 of gzip of JSON. */
export async function unpack(text) {
  const bytes =
    typeof Uint8Array.fromBase64 === "function"
      ? Uint8Array.fromBase64(text)
      : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** Texts by number; numbers are given in the order of coming. */
class Dictionary {
  names = [];
  #ids = new Map();

  idOf(name) {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.#ids.set(name, id);
      this.names.push(name);
    }
    return id;
  }
}

/**
 * The rows of the page. What lists, filters and sorts them lies in columns of numbers; the rest of a row stays packed
 * until it is asked for.
 */
export class RowStore {
  #detailBlocks;
  #details = new Map();
  #haystacks = [];
  #haystackChars = 0;

  constructor(legend, detailBlocks) {
    const count = legend.listed;
    this.legend = legend;
    this.count = count;
    this.blocks = detailBlocks.length;
    this.#detailBlocks = detailBlocks;
    this.entities = new Dictionary();
    this.companies = new Dictionary();
    this.files = new Dictionary();
    /** How rows stand to earlier runs; "" where there is none to compare with. */
    this.standings = new Dictionary();
    /** Days on which rows were first rejected; "" where that is not known. */
    this.days = new Dictionary();
    this.entity = new Uint32Array(count);
    this.company = new Uint32Array(count);
    this.stage = new Uint8Array(count);
    this.file = new Uint32Array(count);
    this.standing = new Uint32Array(count);
    this.since = new Uint32Array(count);
    this.line = new Float64Array(count);
    this.key = new Array(count);
    /** Group of the first reason; the groups of the others, where there are any, stand in moreGroups. */
    this.group = new Uint32Array(count);
    this.moreGroups = new Map();
  }

  /** Unpacks what lists the rows: a few blocks, then a breath. `blocks`: texts of the index blocks. */
  static async open(legendBlock, indexBlocks, detailBlocks) {
    const store = new RowStore(await unpack(legendBlock), detailBlocks);
    const breather = new Breather();
    let row = 0;
    for (const block of indexBlocks) {
      row = store.#addIndex(await unpack(block), row);
      if (breather.due) await breather.breathe();
    }
    return store;
  }

  text(item) {
    return typeof item === "number" ? this.legend.texts[item] : item;
  }

  columns(item) {
    return typeof item === "number" ? this.legend.columns[item] : item;
  }

  /** All groups of a row, that of its first reason first. */
  groupsOf(row) {
    return this.moreGroups.get(row) ?? [this.group[row]];
  }

  /** The rest of a row if it is unpacked already. */
  peek(row) {
    return this.#details.get(this.#blockOf(row))?.rows?.[row % this.legend.rowsPerBlock];
  }

  /** The rest of a row. */
  async detail(row) {
    const rows = await this.#block(this.#blockOf(row));
    return rows[row % this.legend.rowsPerBlock];
  }

  /** The text of each row of a block in which a search looks, in small letters, and where each row's begins. */
  async haystack(block) {
    const known = this.#haystacks[block];
    if (known !== undefined) return known;
    const kept = this.#details.get(block)?.rows;
    const details = kept ?? readDetails(await unpack(this.#detailBlocks[block]), this);
    const first = block * this.legend.rowsPerBlock;
    const starts = new Uint32Array(details.length + 1);
    const texts = details.map((detail, position) => {
      const text = `${this.#searchText(first + position, detail)}\n`.toLowerCase();
      starts[position + 1] = starts[position] + text.length;
      return text;
    });
    const haystack = { first, text: texts.join(""), starts };
    if (this.#haystackChars + haystack.text.length < greatestHaystackChars) {
      this.#haystackChars += haystack.text.length;
      this.#haystacks[block] = haystack;
    }
    return haystack;
  }

  #searchText(row, detail) {
    const parts = [
      this.entities.names[this.entity[row]],
      this.companies.names[this.company[row]],
      this.files.names[this.file[row]],
      `line ${this.line[row]}`,
      this.key[row],
      this.standings.names[this.standing[row]],
      detail.execution,
      detail.corrected,
      ...(detail.values ?? []),
      ...(detail.mapped ?? []),
      ...detail.reasons.flatMap(({ code, field, value, message }) => [code, field, value, message]),
    ];
    if (typeof detail.raw === "string") parts.push(detail.raw);
    return parts.join("\t");
  }

  #addIndex([entities, companies, stages, files, steps, keys, groups, standings, sinces], start) {
    let line = 0;
    for (let at = 0; at < keys.length; at++) {
      const row = start + at;
      this.entity[row] = this.entities.idOf(this.text(entities[at]));
      this.company[row] = this.companies.idOf(this.text(companies[at]));
      this.file[row] = this.files.idOf(this.text(files[at]));
      this.stage[row] = stages[at];
      line += steps[at];
      this.line[row] = line;
      this.key[row] = keys[at];
      this.standing[row] = this.standings.idOf(this.text(standings[at]));
      this.since[row] = this.days.idOf(this.text(sinces[at]));
      const group = groups[at];
      if (typeof group === "number") this.group[row] = group;
      else {
        this.group[row] = group[0];
        this.moreGroups.set(row, group);
      }
    }
    return start + keys.length;
  }

  #blockOf(row) {
    return Math.floor(row / this.legend.rowsPerBlock);
  }

  async #block(block) {
    let kept = this.#details.get(block);
    if (kept === undefined) {
      kept = { rows: undefined, whenRead: undefined };
      kept.whenRead = unpack(this.#detailBlocks[block]).then((rows) => (kept.rows = readDetails(rows, this)));
    }
    // The block asked for last is the last to be forgotten.
    this.#details.delete(block);
    this.#details.set(block, kept);
    if (this.#details.size > keptDetails) this.#details.delete(this.#details.keys().next().value);
    return await kept.whenRead;
  }
}

// The order is the one of rowDetail() in row-data.ts.
function readDetails(rows, store) {
  return rows.map(
    ([record, reasons, execution, ambiguous, corrected, raw, columns, values, targets, mapped]) => ({
      record,
      reasons: reasons.map(([group, code, field, value, message, fix]) => ({
        group,
        code: store.text(code),
        field: store.text(field),
        value,
        message,
        fix: store.text(fix),
      })),
      execution: store.text(execution),
      ambiguous: ambiguous === 1,
      corrected: corrected === 0 ? "" : `${store.text(corrected[0])}, row ${corrected[1]}`,
      whole: values !== undefined,
      raw,
      columns: store.columns(columns),
      values,
      targets: store.columns(targets),
      mapped,
    }),
  );
}
