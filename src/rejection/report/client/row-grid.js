// Browsers cannot make an element of any height; Firefox ends below 18 million pixels.
const greatestHeight = 8_000_000;
const spare = 8;

/**
 * A list of any length of which only the lines in sight are in the page. `draw` makes the element of a line, `enter`
 * is called for the active line by a key (`name`: Enter, ArrowLeft or ArrowRight) or a click. The grid itself keeps
 * the focus and names the active line, so that it does not matter when a line leaves the page.
 */
export class RowGrid {
  #grid;
  #body;
  #head;
  #draw;
  #enter;
  #length = 0;
  #height = 1;
  #top = 0;
  #lastScroll = 0;
  #active = 0;
  #elements = new Map();
  #drawing = false;

  constructor({ grid, draw, enter }) {
    this.#grid = grid;
    this.#body = grid.querySelector(".grid-body");
    this.#head = grid.querySelector(".grid-head");
    this.#draw = draw;
    this.#enter = enter;
    grid.addEventListener("scroll", () => this.#scrolled());
    grid.addEventListener("keydown", (event) => this.#key(event));
    this.#body.addEventListener("click", (event) => this.#clicked(event));
    // Not at once: what is measured changes the size again.
    new ResizeObserver(() => requestAnimationFrame(() => this.#measure())).observe(grid);
  }

  /** Position of the active line. */
  get active() {
    return this.#active;
  }

  /** Shows `length` lines, the active one being `active`, in sight. */
  show(length, active) {
    this.#length = length;
    this.#active = Math.max(0, Math.min(active, length - 1));
    this.#elements.clear();
    this.#grid.setAttribute("aria-rowcount", String(length + 1));
    this.#measureLine();
    this.#top = Math.min(this.#top, this.#farthest);
    this.#setScroll();
    this.activate(this.#active);
  }

  /** Makes a line the active one and brings it into sight. */
  activate(position) {
    this.#active = position;
    const start = position * this.#height;
    const room = this.#room;
    if (start < this.#top) this.#top = start;
    else if (start + this.#height > this.#top + room) this.#top = start + this.#height - room;
    this.#top = Math.max(0, Math.min(this.#top, this.#farthest));
    this.#setScroll();
    this.#paint();
  }

  focus() {
    this.#grid.focus({ preventScroll: true });
  }

  get #room() {
    return Math.max(this.#height, this.#grid.clientHeight - this.#head.offsetHeight);
  }

  get #whole() {
    return this.#length * this.#height;
  }

  get #farthest() {
    return Math.max(0, this.#whole - this.#room);
  }

  get #shownHeight() {
    return Math.min(this.#whole, greatestHeight);
  }

  #measure() {
    const before = this.#height;
    this.#measureLine();
    this.#top = Math.min((this.#top / before) * this.#height, this.#farthest);
    this.#setScroll();
    this.#paint();
  }

  #measureLine() {
    const probe = document.createElement("div");
    probe.className = "grid-row line";
    this.#body.append(probe);
    this.#height = probe.offsetHeight || 1;
    probe.remove();
  }

  // Past the greatest height the place of the thumb stands for a share of the list, and small steps are taken as
  // they are: the wheel still moves line by line.
  #scrolled() {
    const scroll = this.#grid.scrollTop;
    const step = scroll - this.#lastScroll;
    this.#lastScroll = scroll;
    if (this.#whole <= greatestHeight) this.#top = scroll;
    else {
      const most = this.#shownHeight - this.#room;
      if (scroll <= 0) this.#top = 0;
      else if (scroll >= most - 1) this.#top = this.#farthest;
      else if (Math.abs(step) <= this.#room) this.#top += step;
      else this.#top = (scroll / most) * this.#farthest;
      this.#top = Math.max(0, Math.min(this.#top, this.#farthest));
    }
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#paint();
    });
  }

  #setScroll() {
    this.#body.style.height = `${this.#shownHeight}px`;
    // A short list takes no more room than it needs.
    const least = Math.max(3 * this.#height, this.#shownHeight);
    this.#grid.style.maxHeight = `${least + this.#head.offsetHeight + 2}px`;
    const share = this.#farthest === 0 ? 0 : this.#top / this.#farthest;
    this.#grid.scrollTop =
      this.#whole <= greatestHeight ? this.#top : share * (this.#shownHeight - this.#room);
    // The browser may round it; the event that follows must not look like a step.
    this.#lastScroll = this.#grid.scrollTop;
  }

  #paint() {
    const first = Math.max(0, Math.floor(this.#top / this.#height) - spare);
    const last = Math.min(this.#length, Math.ceil((this.#top + this.#room) / this.#height) + spare);
    const shift = this.#whole <= greatestHeight ? 0 : this.#lastScroll - this.#top;
    const kept = new Map();
    for (let position = first; position < last; position++) {
      const line = this.#elements.get(position) ?? this.#make(position);
      line.style.transform = `translateY(${position * this.#height + shift}px)`;
      line.classList.toggle("active", position === this.#active);
      line.setAttribute("aria-selected", String(position === this.#active));
      kept.set(position, line);
    }
    this.#elements = kept;
    this.#body.replaceChildren(...kept.values());
    if (kept.has(this.#active)) this.#grid.setAttribute("aria-activedescendant", `line-${this.#active}`);
    else this.#grid.removeAttribute("aria-activedescendant");
  }

  #make(position) {
    const line = this.#draw(position);
    line.id = `line-${position}`;
    line.dataset.position = String(position);
    line.setAttribute("aria-rowindex", String(position + 2));
    return line;
  }

  #clicked(event) {
    const line = event.target.closest("[data-position]");
    // Who marks a text to copy it does not want the row opened.
    if (line === null || getSelection()?.isCollapsed === false) return;
    this.activate(Number(line.dataset.position));
    this.#enter(this.#active, "Enter");
  }

  #key(event) {
    if (event.target !== this.#grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.#room / this.#height) - 1);
    const steps = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (this.#length === 0) return;
    if (step !== undefined) {
      event.preventDefault();
      this.activate(Math.max(0, Math.min(this.#length - 1, this.#active + step)));
    } else if (["Enter", " ", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      this.#enter(this.#active, event.key === " " ? "Enter" : event.key);
    }
  }
}
