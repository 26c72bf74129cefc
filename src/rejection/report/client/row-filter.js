/** Value of the stage filter for the three stages before anything is sent. */
export const beforeSending = "before sending";

const stagesBeforeSending = 3;

/**
 * What rows can be chosen by. `ids`: one number per row. `ofGroup`: one number per group of reasons; a row has those of
 * all its reasons. `names`: what the numbers stand for.
 */
export function dimensionsOf(store) {
  const { legend } = store;
  const byGroup = (pick, names) => {
    const positions = new Map(names.map((name, position) => [name, position]));
    return { ofGroup: Uint32Array.from(legend.groups, (group) => positions.get(pick(group))), names };
  };
  const fields = [...new Set(legend.groups.map(({ field }) => field))];
  return {
    entity: { ids: store.entity, names: store.entities.names },
    company: { ids: store.company, names: store.companies.names },
    stage: { ids: store.stage, names: legend.stages },
    file: { ids: store.file, names: store.files.names },
    standing: { ids: store.standing, names: store.standings.names },
    reason: {
      ofGroup: Uint32Array.from(legend.groups, (_, position) => position),
      names: legend.groups.map((_, position) => String(position + 1)),
    },
    code: byGroup(
      ({ code }) => code,
      legend.codes.map(([code]) => code),
    ),
    field: byGroup(({ field }) => field, fields),
  };
}

/**
 * Which rows fit. `chosen`: name of a dimension to the name of a value, nothing for no choice. `hits`: what a search
 * found (1 per row), or nothing. Gives a mark per row, their number, and for each dimension how many rows each value
 * would show if only this one choice changed.
 */
export function filterRows(store, dimensions, { chosen, hits }) {
  const names = Object.keys(dimensions);
  const wanted = names.map((name) => wantedOf(name, dimensions[name], chosen[name]));
  const counts = names.map((name) => new Uint32Array(dimensions[name].names.length));
  const all = names.map((name) => dimensions[name]);
  const marks = new Uint8Array(store.count);
  let count = 0;
  for (let row = 0; row < store.count; row++) {
    if (hits !== undefined && hits[row] === 0) continue;
    let failed = -1;
    let failures = 0;
    for (let at = 0; at < all.length && failures < 2; at++) {
      if (wanted[at] !== undefined && !fits(store, all[at], wanted[at], row)) {
        failed = at;
        failures++;
      }
    }
    if (failures > 1) continue;
    if (failures === 1) {
      tally(store, all[failed], counts[failed], row);
      continue;
    }
    marks[row] = 1;
    count++;
    for (let at = 0; at < all.length; at++) tally(store, all[at], counts[at], row);
  }
  return { marks, count, counts: Object.fromEntries(names.map((name, at) => [name, counts[at]])) };
}

// A mark per value; a name that no value has fits nothing.
function wantedOf(name, { names }, value) {
  if (value === undefined) return undefined;
  if (name === "stage" && value === beforeSending) {
    return Uint8Array.from(names, (_, stage) => (stage < stagesBeforeSending ? 1 : 0));
  }
  return Uint8Array.from(names, (candidate) => (candidate === value ? 1 : 0));
}

function fits(store, { ids, ofGroup }, wanted, row) {
  if (ids !== undefined) return wanted[ids[row]] === 1;
  const more = store.moreGroups.get(row);
  if (more === undefined) return wanted[ofGroup[store.group[row]]] === 1;
  return more.some((group) => wanted[ofGroup[group]] === 1);
}

function tally(store, { ids, ofGroup }, counts, row) {
  if (ids !== undefined) {
    counts[ids[row]]++;
    return;
  }
  const more = store.moreGroups.get(row);
  if (more === undefined) counts[ofGroup[store.group[row]]]++;
  else for (const value of new Set(more.map((group) => ofGroup[group]))) counts[value]++;
}
