const names = [
  "q",
  "entity",
  "company",
  "stage",
  "code",
  "reason",
  "field",
  "file",
  "standing",
  "group",
  "sort",
  "dir",
  "row",
];

/**
 * What an address chooses: `#entity=Vendors+V2&q=4711&row=12`. Nothing when it is the address of a section, or none.
 */
export function readHash(hash) {
  if (!hash.includes("=")) return undefined;
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const state = {};
  for (const name of names) if (asked.has(name)) state[name] = asked.get(name);
  return state;
}

/** The address of a choice; empty when nothing is chosen. */
export function writeHash(state) {
  const parts = new URLSearchParams();
  for (const name of names) if (state[name] !== undefined) parts.set(name, state[name]);
  const text = parts.toString();
  return text === "" ? "" : `#${text}`;
}
