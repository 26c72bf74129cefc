import { Breather } from "./pause.js";

const runLength = 2048;

/** The numbers from 0 to `count` in the order that `compare` says; equal ones as they came. Lets the browser breathe. */
export async function sorted(count, compare) {
  const breather = new Breather();
  let from = Uint32Array.from({ length: count }, (_, index) => index);
  for (let start = 0; start < count; start += runLength) {
    from.subarray(start, start + runLength).sort(compare);
    if (breather.due) await breather.breathe();
  }
  let to = new Uint32Array(count);
  for (let width = runLength; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      let left = start;
      const leftEnd = Math.min(start + width, count);
      let right = leftEnd;
      const rightEnd = Math.min(start + 2 * width, count);
      for (let at = start; at < rightEnd; at++) {
        const takeLeft = left < leftEnd && (right >= rightEnd || compare(from[left], from[right]) <= 0);
        to[at] = takeLeft ? from[left++] : from[right++];
        if ((at & 4095) === 0 && breather.due) await breather.breathe();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Orders of the rows of a store, each made once. */
export class RowOrders {
  #store;
  #collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  #orders = new Map();

  constructor(store) {
    this.#store = store;
  }

  /** The rows sorted by place, entity, company, key, reason or stage; any other name: as they were loaded. */
  async by(name) {
    let order = this.#orders.get(name);
    if (order === undefined) {
      const compare = this.#comparator(name);
      order = sorted(this.#store.count, (a, b) => compare(a, b) || a - b);
      this.#orders.set(name, order);
    }
    return await order;
  }

  #comparator(name) {
    const { key, line, stage, group } = this.#store;
    switch (name) {
      case "place": {
        const rank = this.#rank(this.#store.files.names);
        const { file } = this.#store;
        return (a, b) => rank[file[a]] - rank[file[b]] || line[a] - line[b];
      }
      case "entity":
        return this.#byRank(this.#store.entity, this.#store.entities.names);
      case "company":
        return this.#byRank(this.#store.company, this.#store.companies.names);
      case "key": {
        const { compare } = this.#collator;
        return (a, b) => compare(key[a], key[b]);
      }
      case "reason":
        return (a, b) => group[a] - group[b];
      case "stage":
        return (a, b) => stage[a] - stage[b];
      default:
        return () => 0;
    }
  }

  #byRank(ids, names) {
    const rank = this.#rank(names);
    return (a, b) => rank[ids[a]] - rank[ids[b]];
  }

  #rank(names) {
    const rank = new Uint32Array(names.length);
    names
      .map((name, id) => ({ name, id }))
      .sort((a, b) => this.#collator.compare(a.name, b.name))
      .forEach(({ id }, position) => (rank[id] = position));
    return rank;
  }
}
