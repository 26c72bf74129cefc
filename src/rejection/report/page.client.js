"use strict";
// Lists the rejected rows: filter, sort, pages, details. Runs in the reader's browser, inside the page. Data is
// only ever put in as text (textContent), never as markup.
(() => {
  const pageSize = 200;
  const list = document.getElementById("row-list");
  const legendBlock = document.getElementById("row-legend");
  if (list === null || legendBlock === null) return;
  const legend = JSON.parse(legendBlock.textContent);
  const text = (item) => (typeof item === "number" ? legend.texts[item] : item);
  const columns = (item) => (typeof item === "number" ? legend.columns[item] : item);
  const count = new Intl.NumberFormat("en-GB");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // The order of the positions is the one of rowData() in row-data.ts.
  const rows = [];
  for (const block of document.querySelectorAll("script.row-data")) {
    for (const data of JSON.parse(block.textContent)) {
      rows.push({
        entity: text(data[0]),
        company: text(data[1]),
        stage: data[2],
        file: text(data[3]),
        line: data[4],
        record: data[5],
        key: data[6],
        reasons: data[7],
        columns: data[8],
        values: data[9],
        targetColumns: data[10],
        targetValues: data[11],
        execution: data[12],
        text: data[13],
        ambiguous: data[14] === 1,
        order: rows.length,
        haystack: undefined,
      });
    }
    block.remove();
  }

  const form = document.getElementById("filters");
  const body = document.getElementById("row-body");
  const status = document.getElementById("row-count");
  const place = document.getElementById("page-place");
  let shown = rows;
  let page = 0;
  let sort = { by: undefined, down: false };

  function element(name, attributes, ...children) {
    const created = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
    created.append(...children);
    return created;
  }

  function fill(select, all, options) {
    select.append(element("option", { value: "" }, all));
    for (const [value, label] of options) select.append(element("option", { value: String(value) }, label));
  }

  function distinct(pick) {
    return [...new Set(rows.map(pick))].sort(collator.compare);
  }

  function shorten(label) {
    return label.length > 90 ? `${label.slice(0, 89)}…` : label;
  }

  fill(
    form.elements.entity,
    "All",
    distinct((row) => row.entity).map((entity) => [entity, entity]),
  );
  fill(
    form.elements.company,
    "All",
    distinct((row) => row.company).map((company) => [company === "" ? "-" : company, company || "none"]),
  );
  fill(
    form.elements.stage,
    "All",
    legend.stages
      .map((stage, index) => [index, stage])
      .filter(([index]) => rows.some((r) => r.stage === index)),
  );
  fill(
    form.elements.group,
    "All",
    legend.groups.map((group, index) => [
      index,
      shorten(
        `${count.format(group.records)} × ${group.field === "" ? "" : `${group.field}: `}${group.shape}`,
      ),
    ]),
  );

  function haystack(row) {
    row.haystack ??= [
      row.file,
      row.line,
      row.entity,
      row.company,
      row.key,
      row.text,
      text(row.execution),
      ...row.values,
      ...row.reasons.flatMap((reason) => [text(reason[1]), text(reason[2]), text(reason[4])]),
    ]
      .join("\n")
      .toLowerCase();
    return row.haystack;
  }

  const sortKeys = {
    place: (a, b) => collator.compare(a.file, b.file) || a.line - b.line,
    entity: (a, b) => collator.compare(a.entity, b.entity),
    company: (a, b) => collator.compare(a.company, b.company),
    key: (a, b) => collator.compare(a.key, b.key),
    reason: (a, b) => a.reasons[0][0] - b.reasons[0][0],
    stage: (a, b) => a.stage - b.stage,
  };

  function apply() {
    const { entity, company, stage, group } = form.elements;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wantedCompany = company.value === "-" ? "" : company.value;
    shown = rows.filter(
      (row) =>
        (entity.value === "" || row.entity === entity.value) &&
        (company.value === "" || row.company === wantedCompany) &&
        (stage.value === "" || row.stage === Number(stage.value)) &&
        (group.value === "" || row.reasons.some((reason) => reason[0] === Number(group.value))) &&
        words.every((word) => haystack(row).includes(word)),
    );
    const compare = sortKeys[sort.by];
    if (compare !== undefined) {
      shown.sort((a, b) => (sort.down ? compare(b, a) : compare(a, b)) || a.order - b.order);
    }
    page = 0;
    render();
  }

  function lastPage() {
    return Math.max(0, Math.ceil(shown.length / pageSize) - 1);
  }

  function render() {
    const first = page * pageSize;
    const slice = shown.slice(first, first + pageSize);
    body.replaceChildren(...slice.map(rowElement));
    status.textContent =
      shown.length === 0
        ? "No row fits these filters."
        : `Rows ${count.format(first + 1)} to ${count.format(first + slice.length)} of ${count.format(shown.length)}` +
          (shown.length === rows.length ? "." : `, filtered from ${count.format(rows.length)}.`);
    place.textContent = `Page ${count.format(page + 1)} of ${count.format(lastPage() + 1)}`;
    for (const button of document.querySelectorAll("[data-page]")) {
      const backward = button.dataset.page === "first" || button.dataset.page === "previous";
      button.disabled = backward ? page === 0 : page === lastPage();
    }
    document.querySelector(".pager").hidden = lastPage() === 0;
  }

  function cell(label, kind, ...children) {
    return element(
      "td",
      { role: "cell", "data-label": label, ...(kind === "" ? {} : { class: kind }) },
      ...children,
    );
  }

  function rowElement(row) {
    const toggle = element(
      "button",
      {
        type: "button",
        class: "toggle",
        "aria-expanded": "false",
        "aria-label": `Details of line ${row.line}`,
      },
      "+",
    );
    const line = element(
      "tr",
      { role: "row" },
      element("td", { role: "cell", class: "open" }, toggle),
      cell(
        "File and line",
        "place",
        element(
          "span",
          {},
          `${row.file} `,
          element("span", { class: "line" }, `line ${count.format(row.line)}`),
        ),
      ),
      cell("Entity", "entity", row.entity),
      cell("Company", "short", row.company || "–"),
      cell("Key", "key", row.key || "–"),
      cell("What is wrong", "what", ...row.reasons.map((reason) => element("p", {}, text(reason[4])))),
      cell("Stage", "short", legend.stages[row.stage]),
    );
    toggle.addEventListener("click", () => {
      const open = toggle.getAttribute("aria-expanded") === "true";
      toggle.setAttribute("aria-expanded", String(!open));
      toggle.textContent = open ? "+" : "−";
      if (open) line.nextElementSibling.remove();
      else line.after(detailElement(row));
    });
    return line;
  }

  function detailElement(row) {
    const content = element("td", { role: "cell", colspan: "7" });
    content.append(
      element("h3", {}, row.reasons.length === 1 ? "What to do" : "What to do, reason by reason"),
    );
    for (const [, code, field, value, message, fix] of row.reasons) {
      const about = [
        text(field) === "" ? "" : `Field ${text(field)}`,
        value === "" ? "" : `Value “${value}”`,
        `Code ${text(code)}`,
      ].filter(Boolean);
      content.append(
        element(
          "div",
          { class: "problem" },
          ...(row.reasons.length === 1 ? [] : [element("p", {}, element("b", {}, text(message)))]),
          element("p", {}, text(fix)),
          element("p", { class: "quiet" }, `${about.join(". ")}.`),
        ),
      );
    }
    if (row.ambiguous) {
      content.append(
        element("p", { class: "notice" }, "F&O’s message fits more than one record; it is shown at each."),
      );
    }
    if (row.text !== "") {
      content.append(element("h3", {}, "The text in your file"), element("pre", {}, row.text));
    }
    const fields = new Set(row.reasons.map((reason) => text(reason[2])));
    // A value that stands in several columns points at none of them.
    const wrongValues = new Set(
      row.reasons
        .map((reason) => reason[3])
        .filter((value) => value !== "" && row.values.filter((other) => other === value).length === 1),
    );
    const sides = element("div", { class: "sides" });
    const source = recordElement("Your row", columns(row.columns), row.values, { fields, wrongValues });
    const target = recordElement("As prepared for F&O", columns(row.targetColumns), row.targetValues, {
      fields,
    });
    sides.append(...[source, target].filter((side) => side !== undefined));
    content.append(sides);
    const execution = text(row.execution);
    content.append(
      element(
        "p",
        { class: "quiet where" },
        `${row.file}, line ${count.format(row.line)}, record ${count.format(row.record)}` +
          (execution === "" ? "" : `. Execution id ${execution}`),
      ),
    );
    return element("tr", { role: "row", class: "details" }, content);
  }

  /** One record as a small table; empty values are only counted, unless they are what is wrong. */
  function recordElement(title, names, values, marks) {
    if (names.length === 0) return undefined;
    const table = element("tbody", {});
    let empty = 0;
    names.forEach((name, index) => {
      const value = values[index] ?? "";
      const culprit = marks.fields.has(name) || (marks.wrongValues?.has(value) ?? false);
      if (value === "" && !culprit) {
        empty++;
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
    if (empty > 0) {
      side.append(
        element(
          "p",
          { class: "quiet where" },
          `${empty} empty ${empty === 1 ? "value" : "values"} not shown`,
        ),
      );
    }
    return side;
  }

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));

  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => {
      const by = button.dataset.sort;
      sort = { by, down: sort.by === by && !sort.down };
      for (const other of document.querySelectorAll("[data-sort]")) {
        const order = other !== button ? "none" : sort.down ? "descending" : "ascending";
        other.closest("th").setAttribute("aria-sort", order);
      }
      apply();
    });
  }

  for (const button of document.querySelectorAll("[data-page]")) {
    button.addEventListener("click", () => {
      const target = { first: 0, previous: page - 1, next: page + 1, last: lastPage() }[button.dataset.page];
      page = Math.min(lastPage(), Math.max(0, target));
      render();
      document.getElementById("rows").scrollIntoView();
    });
  }

  for (const button of document.querySelectorAll("[data-group]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      // The reset itself is applied a moment later; the choice has to come after it.
      setTimeout(() => {
        form.elements.group.value = button.dataset.group;
        apply();
        document.getElementById("rows").scrollIntoView();
        form.elements.group.focus({ preventScroll: true });
      });
    });
  }

  list.hidden = false;
  render();
})();
