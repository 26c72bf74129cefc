import { element, formatCount } from "./element.js";

/**
 * Shows one row with everything that is known of it. `step` is called to go to the row before or after (-1, 1) and
 * says whether there was one; `closed` when the reader is done.
 */
export class RowDialog {
  #store;
  #dialog = document.getElementById("row-dialog");
  #title = document.getElementById("row-dialog-title");
  #body = document.getElementById("row-dialog-body");
  /** The row that is shown, or was when it was closed. */
  #row;
  /** Counts what was asked for: a row that takes long to unpack must not come up after something newer. */
  #turn = 0;

  constructor({ store, step, closed }) {
    this.#store = store;
    // The browser says so a little later; another row may have been asked for by then.
    this.#dialog.addEventListener("close", () => closed(this.#row));
    this.#dialog.addEventListener("cancel", () => this.#turn++);
    this.#dialog.addEventListener("click", (event) => {
      // The dialog itself is hit only beside its content.
      if (event.target === this.#dialog) this.close();
    });
    this.#dialog.querySelector("[data-close]").addEventListener("click", () => this.close());
    for (const button of this.#dialog.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => step(Number(button.dataset.step)));
    }
    this.#dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      step(by);
    });
  }

  get isOpen() {
    return this.#dialog.open;
  }

  close() {
    this.#turn++;
    this.#dialog.close();
  }

  /** Opens at a row, or goes on to it. */
  async open(row, { isFirst, isLast }) {
    const turn = ++this.#turn;
    const detail = await this.#store.detail(row);
    if (turn !== this.#turn) return;
    this.#row = row;
    const store = this.#store;
    this.#title.textContent = `${store.files.names[store.file[row]]}, line ${formatCount(store.line[row])}`;
    this.#body.replaceChildren(...this.#content(row, detail));
    this.#body.scrollTop = 0;
    this.#dialog.querySelector('[data-step="-1"]').disabled = isFirst;
    this.#dialog.querySelector('[data-step="1"]').disabled = isLast;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#title.focus();
  }

  #content(row, detail) {
    const store = this.#store;
    const company = store.companies.names[store.company[row]];
    const key = store.key[row];
    const about = [store.entities.names[store.entity[row]], company, key === "" ? "" : `key ${key}`];
    return [
      element("p", { class: "quiet" }, about.filter((part) => part !== "").join(" · ")),
      element("h3", {}, detail.reasons.length === 1 ? "What is wrong" : "What is wrong, reason by reason"),
      ...detail.reasons.map(reasonElement),
      ...(detail.ambiguous
        ? [element("p", { class: "notice" }, "F&O’s message fits more than one record; it is shown at each.")]
        : []),
      ...(detail.whole ? wholeRow(detail, store.legend.delimiters) : [this.#elsewhere(row)]),
      element("h3", {}, "Where it stands"),
      factTable([
        ["File", store.files.names[store.file[row]]],
        ["Line", formatCount(store.line[row])],
        ["Record", formatCount(detail.record)],
        ...(detail.corrected === "" ? [] : [["Corrected in", detail.corrected]]),
        ["Refused in", store.legend.stages[store.stage[row]]],
        ...historyOf(store.standings.names[store.standing[row]], store.days.names[store.since[row]]),
        ...(detail.execution === "" ? [] : [["Execution id", detail.execution]]),
      ]),
    ];
  }

  #elsewhere(row) {
    const file = new Map(this.#store.legend.files).get(this.#store.entities.names[this.#store.entity[row]]);
    return element(
      "p",
      { class: "notice" },
      "To keep this page small the source row is not in it. It stands in ",
      file === undefined ? "the files to correct" : element("a", { href: file }, file),
      ".",
    );
  }
}

function reasonElement({ code, field, value, message, fix }) {
  const about = [
    field === "" ? "" : `Field ${field}`,
    value === "" ? "" : `Value “${value}”`,
    `Code ${code}`,
  ];
  return element(
    "div",
    { class: "problem" },
    element("p", { class: "problem-message" }, message),
    element("p", {}, element("b", {}, "What to do: "), fix),
    element("p", { class: "quiet" }, `${about.filter((part) => part !== "").join(". ")}.`),
  );
}

function wholeRow(detail, delimiters) {
  const { columns, values, targets, mapped, reasons } = detail;
  const fields = new Set(reasons.map(({ field }) => field));
  // A value that stands in several columns points at none of them.
  const wrongValues = new Set(
    reasons
      .map(({ value }) => value)
      .filter((value) => value !== "" && values.filter((other) => other === value).length === 1),
  );
  const text = typeof detail.raw === "number" ? values.join(delimiters[detail.raw]) : detail.raw;
  const sides = element("div", { class: "sides" });
  if (columns.length > 0) sides.append(recordElement("Your row", columns, values, { fields, wrongValues }));
  if (targets.length > 0) sides.append(recordElement("As prepared for F&O", targets, mapped, { fields }));
  const parts = [sides];
  if (text !== "") {
    parts.push(element("h3", {}, "The text in your file"), element("pre", { class: "source-text" }, text));
  }
  return parts;
}

function historyOf(standing, since) {
  if (standing === "") return [];
  return [["Since the last run", standing], ...(since === "" ? [] : [["First rejected on", since]])];
}

function factTable(facts) {
  const rows = facts.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)),
  );
  return element("table", { class: "record" }, element("tbody", {}, ...rows));
}

/** One record as a small table; empty values are folded away, unless they are what is wrong. */
function recordElement(title, names, values, marks) {
  const table = element("tbody", {});
  const empty = [];
  names.forEach((name, index) => {
    const value = values[index] ?? "";
    const culprit = marks.fields.has(name) || (marks.wrongValues?.has(value) ?? false);
    if (value === "" && !culprit) {
      empty.push(name);
      return;
    }
    table.append(
      element(
        "tr",
        culprit ? { class: "culprit" } : {},
        element("th", { scope: "row" }, name),
        element("td", {}, value === "" ? "(empty)" : value),
      ),
    );
  });
  const side = element("div", {}, element("h3", {}, title), element("table", { class: "record" }, table));
  if (empty.length > 0) {
    const words = `${empty.length} empty ${empty.length === 1 ? "column" : "columns"}`;
    side.append(
      element(
        "details",
        { class: "quiet empty-columns" },
        element("summary", {}, words),
        element("p", {}, empty.join(", ")),
      ),
    );
  }
  return side;
}
