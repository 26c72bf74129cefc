const counter = new Intl.NumberFormat("en-GB");

/** A whole number with thousands separators. */
export function formatCount(value) {
  return counter.format(value);
}

/** An element with attributes and children. Texts only ever become text, never markup. */
export function element(name, attributes, ...children) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.append(...children);
  return created;
}
