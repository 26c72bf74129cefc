import { formatCount } from "./element.js";
import { readHash, writeHash } from "./page-hash.js";
import { RowControls } from "./row-controls.js";
import { RowDialog } from "./row-dialog.js";
import { dimensionsOf, filterRows } from "./row-filter.js";
import { RowGrid } from "./row-grid.js";
import { groupOf, listLines } from "./row-groups.js";
import { groupLine, rowLine } from "./row-line.js";
import { RowOrders } from "./row-order.js";
import { prepareToPrint, printedRows, startPrinting } from "./row-print.js";
import { searchRows, searchWords } from "./row-search.js";

const typingMs = 120;

/**
 * The list of rejected rows: what is chosen (`state`, which the address remembers), what fits it (`view`), and the
 * lines that are shown of it.
 */
export class RowList {
  #store;
  #dimensions;
  #orders;
  #controls;
  #grid;
  #dialog;
  #status = document.getElementById("row-count");
  #progress = document.getElementById("row-progress");
  #state = {};
  #openGroups = new Set();
  #search = { text: "", hits: undefined, running: undefined };
  #view = { lines: new Int32Array(0), groups: [], count: 0, marks: undefined, order: undefined };
  #refreshes = 0;
  #prepared = new Map();
  /** The address as it was last read or written. */
  #address = location.hash;
  #waiting;

  constructor(store) {
    this.#store = store;
    this.#dimensions = dimensionsOf(store);
    this.#orders = new RowOrders(store);
    this.#controls = new RowControls({
      store,
      dimensions: this.#dimensions,
      changed: (chosen) => this.#choose(chosen),
    });
    this.#grid = new RowGrid({
      grid: document.getElementById("grid"),
      draw: (position) => this.#drawLine(position),
      enter: (position, key) => this.#entered(position, key),
    });
    this.#dialog = new RowDialog({
      store,
      step: (by) => this.#step(by),
      closed: (row) => {
        if (this.#state.row === String(row + 1)) this.#remember({ row: undefined });
        this.#grid.focus();
      },
    });
    this.#listen();
    startPrinting(store, (most) => ({
      rows: this.#rows(most),
      prepared: this.#prepared,
      filtered: {
        isFiltered: this.#view.count < store.count || this.#state.sort !== undefined,
        count: this.#view.count,
      },
    }));
  }

  /** Shows what the address of the page chooses, or everything. Returns whether the address chose anything. */
  async followAddress() {
    const asked = readHash(location.hash);
    // Anybody may have written the address.
    if (asked?.group !== undefined && !Object.hasOwn(this.#dimensions, asked.group)) delete asked.group;
    await this.#apply(asked ?? {});
    const row = Number(asked?.row);
    const position = row >= 1 && row <= this.#store.count ? this.#bringOut(row - 1) : -1;
    if (position >= 0) {
      this.#grid.activate(position);
      await this.#openRow(position);
    } else if (this.#dialog.isOpen) this.#dialog.close();
    return asked !== undefined;
  }

  // Position of a row in the list, -1 where it is not among the chosen ones; its group is opened if need be.
  #bringOut(row) {
    const { group } = this.#state;
    if (group !== undefined && this.#view.marks[row] === 1) {
      this.#openGroups.add(groupOf(this.#store, this.#dimensions[group])(row));
      this.#layOut(0);
    }
    return this.#view.lines.indexOf(row);
  }

  #listen() {
    for (const button of document.querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => {
        const by = button.dataset.sort;
        const down = this.#state.sort === by && this.#state.dir !== "down";
        void this.#apply({ ...this.#state, sort: by, dir: down ? "down" : undefined });
      });
    }
    for (const button of document.querySelectorAll("[data-group]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        location.hash = writeHash({ reason: String(Number(button.dataset.group) + 1) });
      });
    }
    addEventListener("hashchange", () => {
      this.#address = location.hash;
      if (readHash(location.hash) === undefined) return;
      void this.followAddress().then(() => {
        document.getElementById("rows").scrollIntoView();
        if (!this.#dialog.isOpen) this.#grid.focus();
      });
    });
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, select, textarea, dialog") != null;
      if (event.key !== "/" || typing || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#controls.focusSearch();
    });
    document.querySelector("#filters [name=q]").addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.#grid.focus();
    });
  }

  // Typing waits for the next key; a choice from a list is taken at once.
  #choose(chosen) {
    const typed = chosen.q !== this.#state.q;
    const dir = chosen.sort === this.#state.sort ? this.#state.dir : undefined;
    clearTimeout(this.#waiting);
    const cleared = Object.keys(chosen).length === 0;
    this.#waiting = setTimeout(
      () => void this.#apply({ ...chosen, ...(dir === undefined ? {} : { dir }) }, { cleared }),
      typed ? typingMs : 0,
    );
  }

  async #apply(state, { cleared = false } = {}) {
    if (state.group !== this.#state.group) this.#openGroups.clear();
    this.#state = state;
    this.#remember({});
    this.#controls.write(state, { cleared });
    for (const button of document.querySelectorAll("[data-sort]")) {
      const order =
        button.dataset.sort !== state.sort ? "none" : state.dir === "down" ? "descending" : "ascending";
      button.closest("[role=columnheader]").setAttribute("aria-sort", order);
    }
    await this.#find(state.q ?? "");
  }

  async #find(text) {
    if (text === this.#search.text && this.#search.running === undefined) return await this.#refresh();
    this.#search.running?.abort();
    const words = searchWords(text);
    if (words.length === 0) {
      this.#search = { text, hits: undefined, running: undefined };
      this.#progress.textContent = "";
      return await this.#refresh();
    }
    const running = new AbortController();
    this.#search = { text, hits: this.#search.hits, running };
    const hits = await searchRows(this.#store, words, {
      signal: running.signal,
      progress: (found, share) => {
        this.#progress.textContent = `Searching, ${Math.round(100 * share)}% …`;
        this.#search.hits = found;
        void this.#refresh();
      },
    });
    if (hits === undefined) return;
    this.#search = { text, hits, running: undefined };
    this.#progress.textContent = "";
    await this.#refresh();
  }

  async #refresh() {
    const turn = ++this.#refreshes;
    const order = await this.#orders.by(this.#state.sort ?? "");
    // Something newer was chosen while the rows were sorted.
    if (turn !== this.#refreshes) return;
    const { marks, count, counts } = filterRows(this.#store, this.#dimensions, {
      chosen: this.#state,
      hits: this.#search.hits,
    });
    this.#controls.offer(counts, this.#state);
    this.#view = { ...this.#view, marks, count, order };
    this.#layOut(0);
    document.getElementById("grid-empty").hidden = count > 0;
    this.#tell(count);
    clearTimeout(this.#view.printing);
    this.#view.printing = setTimeout(() => this.#prepareToPrint(turn), 500);
  }

  #prepareToPrint(turn) {
    const prepared = new Map();
    this.#prepared = prepared;
    const isWanted = () => turn === this.#refreshes;
    void prepareToPrint(this.#store, { rows: this.#rows(printedRows), prepared, isWanted });
  }

  #layOut(active) {
    const dimension = this.#state.group === undefined ? undefined : this.#dimensions[this.#state.group];
    const { order, marks, count } = this.#view;
    const down = this.#state.dir === "down";
    const laid = listLines(this.#store, { order, down, marks, count, dimension, open: this.#openGroups });
    this.#view = { ...this.#view, ...laid };
    document.getElementById("grid").setAttribute("role", dimension === undefined ? "grid" : "treegrid");
    this.#grid.show(laid.lines.length, active);
  }

  #tell(count) {
    const all = formatCount(this.#store.count);
    const { groups } = this.#view;
    const inGroups =
      groups.length === 0
        ? ""
        : ` in ${formatCount(groups.length)} ${groups.length === 1 ? "group" : "groups"}, each row at its first reason`;
    this.#status.textContent =
      count === 0
        ? `No row fits these filters, of ${all}.`
        : count === this.#store.count
          ? `${all} ${count === 1 ? "row" : "rows"}${inGroups}.`
          : `${formatCount(count)} of ${all} rows${inGroups}.`;
  }

  /** The first rows that are chosen, whether their groups are open or not. */
  #rows(most) {
    const { order, marks } = this.#view;
    const rows = [];
    const down = this.#state.dir === "down";
    for (let at = 0; at < order.length && rows.length < most; at++) {
      const row = order[down ? order.length - 1 - at : at];
      if (marks[row] === 1) rows.push(row);
    }
    return rows;
  }

  #drawLine(position) {
    const item = this.#view.lines[position];
    if (item >= 0) {
      const line = rowLine(this.#store, item);
      if (this.#state.group !== undefined) line.setAttribute("aria-level", "2");
      return line;
    }
    const group = this.#view.groups.find(({ id }) => id === -1 - item);
    const { names } = this.#dimensions[this.#state.group];
    const title = this.#controls.label(this.#state.group, names[group.id]);
    return groupLine({ title, rows: group.rows, open: this.#openGroups.has(group.id) });
  }

  #entered(position, key) {
    const item = this.#view.lines[position];
    if (item >= 0) {
      if (key === "Enter") void this.#openRow(position);
      else if (key === "ArrowLeft" && this.#state.group !== undefined) this.#toParent(position);
      return;
    }
    const id = -1 - item;
    const open = this.#openGroups.has(id);
    if (key === "ArrowRight" && open) return;
    if (key === "ArrowLeft" && !open) return;
    if (open) this.#openGroups.delete(id);
    else this.#openGroups.add(id);
    this.#layOut(position);
  }

  #toParent(position) {
    let at = position;
    while (at > 0 && this.#view.lines[at] >= 0) at--;
    this.#grid.activate(at);
  }

  async #openRow(position) {
    const row = this.#view.lines[position];
    this.#remember({ row: String(row + 1) });
    await this.#dialog.open(row, {
      isFirst: this.#neighbour(position, -1) === undefined,
      isLast: this.#neighbour(position, 1) === undefined,
    });
  }

  #step(by) {
    const position = this.#neighbour(this.#grid.active, by);
    if (position === undefined) return;
    this.#grid.activate(position);
    void this.#openRow(position);
  }

  // The next line that is a row; heads of groups are passed over.
  #neighbour(position, by) {
    const { lines } = this.#view;
    for (let at = position + by; at >= 0 && at < lines.length; at += by) if (lines[at] >= 0) return at;
    return undefined;
  }

  #remember(changes) {
    this.#state = { ...this.#state, ...changes };
    for (const name of Object.keys(this.#state))
      if (this.#state[name] === undefined) delete this.#state[name];
    // A new address waits to be followed: it must not be written over.
    if (location.hash !== this.#address) return;
    const hash = writeHash(this.#state);
    // The address of a section stays, unless something is chosen or was.
    if (hash === location.hash || (hash === "" && !location.hash.includes("="))) return;
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
    this.#address = location.hash;
  }
}
