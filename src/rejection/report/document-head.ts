import { cspHash, html } from "./html.ts";

/**
 * A page of its own up to its `<body>` tag: one file, nothing loaded from elsewhere, which its policy says to the browser.
 * `scripts`: every inline script of the page; `first`: the one of them that runs before anything is drawn.
 */
export function documentHead({
  title,
  style,
  scripts = [],
  first,
}: {
  readonly title: string;
  readonly style: string;
  readonly scripts?: readonly string[];
  readonly first?: string;
}): string {
  const policy = [
    "default-src 'none'",
    `style-src ${cspHash(style)}`,
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.map(cspHash).join(" ")}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8" />',
    html`<meta http-equiv="Content-Security-Policy" content="${policy}" />`.text,
    '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    '<meta name="color-scheme" content="light dark" />',
    html`<title>${title}</title>`.text,
    // The hashes in the policy are of exactly these bytes: nothing may come between them and their tags.
    `<style>${style}</style>`,
    ...(first === undefined ? [] : [`<script>${first}</script>`]),
    "</head>",
    "<body>",
  ].join("\n");
}
