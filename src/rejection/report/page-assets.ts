import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * Modules of the page's script in the order in which they need each other. They are real modules, so that tests can
 * import them; in the page they stand one after the other in one closure.
 */
const scriptParts = [
  "pause.js",
  "row-store.js",
  "row-order.js",
  "row-filter.js",
  "row-search.js",
  "row-groups.js",
  "page-hash.js",
  "element.js",
  "row-grid.js",
  "row-line.js",
  "row-dialog.js",
  "row-controls.js",
  "row-print.js",
  "theme-switch.js",
  "row-list.js",
  "page.js",
];

/** What pages of other rooms share with the report. */
const baseStyleParts = ["colours.css", "page.css", "tables.css"];
const styleParts = [
  ...baseStyleParts,
  "flow.css",
  "trend.css",
  "reasons.css",
  "causes.css",
  "rows.css",
  "row-dialog.css",
  "profile.css",
  "print.css",
];

/** Colours, type, tables, controls and paper, without what only the report has. */
export function baseStyle(): string {
  return baseStyleParts.map((name) => asset(name)).join("\n");
}

/** The style of the report, from one file for each part of the page. */
export function pageStyle(): string {
  return styleParts.map((name) => asset(name)).join("\n");
}

/** The script of the report: one text, nothing loaded from elsewhere. */
export function pageScript(): string {
  const modules = scriptParts.map((name) => withoutModuleSyntax(asset(`client/${name}`)));
  return `"use strict";\n(() => {\n${modules.join("\n")}\n})();\n`;
}

/** What has to run before the page is painted, or it would flash in the wrong colours. */
export function themeScript(): string {
  return asset("client/theme.js");
}

function withoutModuleSyntax(text: string): string {
  return text.replaceAll(/^import [^;]*;\n/gm, "").replaceAll(/^export /gm, "");
}

function asset(name: string): string {
  return readFileSync(path.join(import.meta.dirname, name), "utf8");
}
