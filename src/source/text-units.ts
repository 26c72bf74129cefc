/** A class for each of the 65,536 UTF-16 code units: bits that say what a text with such a unit needs or lacks. */
export type UnitClasses = Uint8Array;

/**
 * A text under construction, as UTF-16 code units: what a text is made of inside the engine, and what CSV-Unicode
 * holds. Fields of a source are copied into it without ever becoming a text of their own; on the way it is noted which
 * classes of units were seen, so that nobody has to look at them a second time.
 */
export class TextUnits {
  units = new Uint16Array(4096);
  length = 0;
  readonly #classes: UnitClasses;

  constructor(classes: UnitClasses) {
    this.#classes = classes;
  }

  /** Makes room for so many more units. */
  room(count: number): void {
    if (this.units.length - this.length >= count) return;
    const more = new Uint16Array(Math.max(this.units.length * 2, this.length + count));
    more.set(this.units.subarray(0, this.length));
    this.units = more;
  }

  /** Appends a text; returns the classes of its units. */
  text(text: string): number {
    this.room(text.length);
    const { units } = this;
    const classes = this.#classes;
    let length = this.length;
    let seen = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      units[length++] = unit;
      seen |= classes[unit] as number;
    }
    this.length = length;
    return seen;
  }

  /** The text from an offset to the end. */
  textFrom(from: number): string {
    const { buffer, byteOffset } = this.units;
    return Buffer.from(buffer, byteOffset + from * 2, (this.length - from) * 2).toString("utf16le");
  }
}
