"use strict";
// Shows what a box of the picture has to do with: while it is pointed at or has the focus, all else steps back. Runs in
// the reader's browser, inside the page; without it the picture only stays as it is.
(() => {
  const svg = document.querySelector(".picture svg");
  if (svg === null) return;
  const edges = [...svg.querySelectorAll(".edge")];
  const follow = (number, from, to) => {
    const found = new Set();
    const open = [number];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const edge of edges) {
        if (edge.dataset[from] !== next || found.has(edge)) continue;
        found.add(edge);
        open.push(edge.dataset[to]);
      }
    }
    return found;
  };
  const look = (step) => {
    for (const item of svg.querySelectorAll(".related")) item.classList.remove("related");
    svg.classList.toggle("looking", step !== null);
    if (step === null) return;
    const related = [...follow(step.dataset.step, "to", "from"), ...follow(step.dataset.step, "from", "to")];
    const numbers = new Set([
      step.dataset.step,
      ...related.flatMap(({ dataset }) => [dataset.from, dataset.to]),
    ]);
    for (const edge of related) edge.classList.add("related");
    for (const other of svg.querySelectorAll(".step")) {
      if (numbers.has(other.dataset.step)) other.classList.add("related");
    }
  };
  const stepOf = (event) => event.target.closest(".step");
  svg.addEventListener("pointerover", (event) => look(stepOf(event)));
  svg.addEventListener("pointerleave", () => look(null));
  svg.addEventListener("focusin", (event) => look(stepOf(event)));
  svg.addEventListener("focusout", () => look(null));
})();
