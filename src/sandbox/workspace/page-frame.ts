import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SandboxAnswer } from "../http-exchange.ts";
import { html, Html, nothing } from "./html.ts";

export interface Page {
  readonly title: string;
  /** What stands above the title: the way back, from the outside in. */
  readonly trail?: readonly { readonly text: string; readonly href: string }[];
  readonly content: readonly Html[];
  readonly status?: number;
  /** Something is still happening: the page is fetched again after so many seconds. */
  readonly refreshSeconds?: number;
}

/** A page that watches something is fetched again this often. */
export const watchSeconds = 3;

const style = readFileSync(path.join(import.meta.dirname, "workspace.css"), "utf8");
const styleHash = createHash("sha256").update(style, "utf8").digest("base64");

/** No script at all, the one style sheet of our own, and forms that lead nowhere else. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const places = [
  { text: "Workspace", href: "/" },
  { text: "Data", href: "/workspace/data" },
  { text: "Faults", href: "/workspace/faults" },
] as const;

/** A page of the workspace as an answer: complete, with nothing to be fetched from anywhere. */
export function pageAnswer(page: Page, place: (typeof places)[number]["href"]): SandboxAnswer {
  const links = places.map(({ text, href }) =>
    href === place
      ? html`<li><a href="${href}" aria-current="true">${text}</a></li>`
      : html`<li><a href="${href}">${text}</a></li>`,
  );
  const trail = (page.trail ?? []).map(({ text, href }) => html`<li><a href="${href}">${text}</a></li>`);
  const body = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8" />',
    '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    '<meta name="color-scheme" content="light dark" />',
    '<link rel="icon" href="data:," />',
    html`<title>${page.title} · F&amp;O sandbox</title>`.text,
    // The hash in the policy is of exactly these bytes: nothing may come between them and their tags.
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    html`<header>
      <p class="product">F&amp;O sandbox</p>
      <nav aria-label="Main">
        <ul>
          ${links}
        </ul>
      </nav>
    </header>`.text,
    html`<main>
      ${
        trail.length === 0
          ? nothing
          : html`<ol class="trail">
              ${trail}
            </ol>`
      }
      <h1>${page.title}</h1>
      ${page.content}
    </main>`.text,
    "</body>",
    "</html>",
    "",
  ].join("\n");
  const refresh = page.refreshSeconds === undefined ? {} : { refresh: String(page.refreshSeconds) };
  return {
    status: page.status ?? 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
      ...refresh,
    },
    body,
  };
}

/** An address of the workspace with its parameters; those without a value are left out. */
export function link(
  place: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return `/workspace/${place}?${query.toString()}`;
}

/** Facts as a list of name and value. */
export function factList(facts: readonly (readonly [string, string | Html])[]): Html {
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Links to the parts before and after this one; empty when everything is on one page. */
export function pager(links: readonly { readonly text: string; readonly href: string | undefined }[]): Html {
  const shown = links.filter(({ href }) => href !== undefined);
  if (shown.length === 0) return new Html("");
  return html`<nav class="pager" aria-label="Pages">
    ${shown.map(({ text, href = "" }) => html`<a href="${href}">${text}</a>`)}
  </nav>`;
}
