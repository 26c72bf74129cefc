import { element, formatCount } from "./element.js";
import { beforeSending } from "./row-filter.js";

const longestLabel = 90;
const greatestOptions = 500;

/** The choices above the list. `changed` is called when the reader changed one. */
export class RowControls {
  #form = document.getElementById("filters");
  #store;
  #dimensions;
  #labels;

  constructor({ store, dimensions, changed }) {
    this.#store = store;
    this.#dimensions = dimensions;
    this.#labels = labelsOf(store);
    for (const [name, { names }] of Object.entries(dimensions)) {
      // What has only one value is nothing to choose.
      this.#form.querySelector(`[data-choice="${name}"]`).hidden = names.length < 2;
    }
    this.#form.addEventListener("input", () => changed(this.read()));
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("reset", (event) => {
      event.preventDefault();
      changed({});
    });
  }

  /** What a value of a dimension is called. */
  label(dimension, name) {
    return this.#labels[dimension]?.(name) ?? (name === "" ? "none" : name);
  }

  /** What is chosen now; a choice of everything is absent. */
  read() {
    const state = {};
    for (const { name, value } of this.#form.elements) {
      if (name === "" || value === "") continue;
      // A select cannot tell "all" from a value that is empty.
      state[name] = value === "\u0000" ? "" : value;
    }
    return state;
  }

  /** Shows a choice. Leaves alone what is being typed, unless all was `cleared`. */
  write(state, { cleared }) {
    const { elements } = this.#form;
    if (elements.q.value !== (state.q ?? "") && (cleared || document.activeElement !== elements.q)) {
      elements.q.value = state.q ?? "";
    }
    elements.group.value = state.group ?? "";
    elements.sort.value = state.sort ?? "";
  }

  focusSearch() {
    this.#form.elements.q.focus();
    this.#form.elements.q.select();
  }

  /** Offers the values that would show rows, with their numbers. */
  offer(counts, state) {
    for (const [name, { names }] of Object.entries(this.#dimensions)) {
      const select = this.#form.elements[name];
      const chosen = state[name];
      const offered = names
        .map((value, id) => ({ value, rows: counts[name][id], label: this.label(name, value) }))
        .filter(({ value, rows }) => rows > 0 || value === chosen);
      if (["reason", "code", "field"].includes(name)) offered.sort((a, b) => b.rows - a.rows);
      else if (name !== "stage")
        offered.sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
      const options = offered
        .slice(0, greatestOptions)
        .map(({ value, rows, label }) => option(value, `${shorten(label)} (${formatCount(rows)})`));
      if (name === "stage") options.push(...this.#stagesBeforeSending(counts.stage, chosen));
      if (offered.length > greatestOptions) {
        const others = element("option", { disabled: "" }, "the others: narrow the choice first");
        options.push(others);
      }
      select.replaceChildren(element("option", { value: "" }, "All"), ...options);
      select.value = chosen === undefined ? "" : chosen === "" ? "\u0000" : chosen;
    }
  }

  #stagesBeforeSending(counts, chosen) {
    const stages = counts.slice(0, 3);
    const several = [...stages].filter((rows) => rows > 0).length > 1;
    if (!several && chosen !== beforeSending) return [];
    const rows = stages.reduce((sum, count) => sum + count, 0);
    return [option(beforeSending, `All before sending (${formatCount(rows)})`)];
  }
}

function option(value, label) {
  return element("option", { value: value === "" ? "\u0000" : value }, label);
}

function shorten(label) {
  return label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label;
}

function labelsOf(store) {
  const titles = new Map(store.legend.codes);
  return {
    code: (code) => `${titles.get(code)} · ${code}`,
    reason: (position) => {
      const { field, shape } = store.legend.groups[Number(position) - 1];
      return field === "" ? shape : `${field}: ${shape}`;
    },
    company: (company) => (company === "" ? "no company" : company),
    standing: (standing) => (standing === "" ? "not compared" : standing),
    field: (field) => (field === "" ? "no field, or several" : field),
  };
}
