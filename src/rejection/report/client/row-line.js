import { element, formatCount } from "./element.js";

function cell(kind, column, label, ...children) {
  return element(
    "div",
    { role: "gridcell", class: `cell ${kind}`, "aria-colindex": String(column), "data-label": label },
    ...children,
  );
}

// The folder is the same for most rows; the whole path stands in the row's dialog.
function fileName(file) {
  return file.slice(file.lastIndexOf("/") + 1);
}

// That it is known goes without saying.
const shownStandings = new Set(["New", "Another reason than before", "Back again"]);

/** The line of a row. What is wrong with it is filled in when its block is unpacked. */
export function rowLine(store, row) {
  const what = cell("reason", 5, "What is wrong");
  const line = element(
    "div",
    { role: "row", class: "grid-row line" },
    cell(
      "place",
      1,
      "File and line",
      element("span", { class: "file" }, fileName(store.files.names[store.file[row]])),
      element("span", { class: "at" }, ` line ${formatCount(store.line[row])}`),
    ),
    cell("entity", 2, "Entity", store.entities.names[store.entity[row]]),
    cell("company", 3, "Company", store.companies.names[store.company[row]] || "–"),
    cell("key", 4, "Key", store.key[row] || "–"),
    what,
    cell("stage", 6, "Stage", store.legend.stages[store.stage[row]]),
  );
  const known = store.peek(row);
  const standing = store.standings.names[store.standing[row]];
  if (known !== undefined) fill(what, known.reasons, standing);
  else {
    what.append(element("span", { class: "message quiet" }, store.legend.groups[store.group[row]].shape));
    void store.detail(row).then((detail) => {
      what.replaceChildren();
      fill(what, detail.reasons, standing);
    });
  }
  return line;
}

function fill(what, reasons, standing) {
  if (shownStandings.has(standing)) what.append(element("span", { class: "standing" }, standing));
  what.append(element("span", { class: "message" }, reasons[0].message));
  const more = reasons.length - 1;
  if (more > 0) {
    what.append(element("span", { class: "more-reasons" }, `+${more} ${more === 1 ? "reason" : "reasons"}`));
  }
}

/** The head of a group of rows. */
export function groupLine({ title, rows, open }) {
  return element(
    "div",
    { role: "row", class: "grid-row line group", "aria-expanded": String(open), "aria-level": "1" },
    element(
      "div",
      { role: "gridcell", class: "cell whole", "aria-colspan": "6", "aria-colindex": "1" },
      element("span", { class: "fold", "aria-hidden": "true" }, open ? "▾" : "▸"),
      element("b", {}, formatCount(rows)),
      element("span", { class: "group-title" }, title),
    ),
  );
}
