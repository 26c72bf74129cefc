/** Says in which group of a dimension a row stands: that of its first reason. */
export function groupOf(store, { ids, ofGroup }) {
  return ids === undefined ? (row) => ofGroup[store.group[row]] : (row) => ids[row];
}

/**
 * What the list shows, line by line: a row is its number, the head of a group is -1 minus the number of the group.
 * Without `dimension` only rows. Each row stands in one group, that of its first reason; the biggest group comes first.
 * `open`: numbers of the groups whose rows are shown.
 */
export function listLines(store, { order, down, marks, count, dimension, open }) {
  const rows = chosenRows({ order, down, marks, count });
  if (dimension === undefined) return { lines: rows, groups: [] };
  const numberOf = groupOf(store, dimension);
  const members = dimension.names.map(() => []);
  for (const row of rows) members[numberOf(row)].push(row);
  const groups = members
    .map((list, id) => ({ id, rows: list.length }))
    .filter((group) => group.rows > 0)
    .sort((a, b) => b.rows - a.rows || a.id - b.id);
  const length = groups.reduce((sum, group) => sum + 1 + (open.has(group.id) ? group.rows : 0), 0);
  const lines = new Int32Array(length);
  let at = 0;
  for (const { id } of groups) {
    lines[at++] = -1 - id;
    if (!open.has(id)) continue;
    lines.set(members[id], at);
    at += members[id].length;
  }
  return { lines, groups };
}

function chosenRows({ order, down, marks, count }) {
  const rows = new Int32Array(count);
  let at = 0;
  if (down) for (let from = order.length - 1; from >= 0; from--) at = put(order[from], at);
  else for (const row of order) at = put(row, at);
  return rows;

  function put(row, position) {
    if (marks[row] === 0) return position;
    rows[position] = row;
    return position + 1;
  }
}
