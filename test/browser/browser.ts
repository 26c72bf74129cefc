import { existsSync } from "node:fs";
import path from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

const installed = [
  process.env["CHROME_PATH"],
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * A headless Chromium: the one CHROME_PATH names, else that of the machine, else the one of @sparticuz/chromium (also
 * where CHROME_PATH is `sparticuz`). It is given no network: pages are files.
 */
export async function launchBrowser(): Promise<Browser> {
  const own =
    process.env["CHROME_PATH"] === "sparticuz"
      ? undefined
      : installed.find((file) => file !== undefined && existsSync(file));
  const flags = [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    ...[
      "--disable-background-networking",
      "--disable-component-update",
      "--host-resolver-rules=MAP * ~NOTFOUND",
    ],
  ];
  if (own !== undefined) return await puppeteer.launch({ executablePath: own, args: flags });
  const { default: chromium } = await import("@sparticuz/chromium");
  // Not its switch that turns web security off: the page's policy is among the things to be tested.
  const args = [...chromium.args.filter((flag) => flag !== "--disable-web-security"), ...flags];
  return await puppeteer.launch({ executablePath: await chromium.executablePath(), args, headless: "shell" });
}

export interface OpenedPage {
  readonly page: Page;
  /** What the browser complained of: errors, warnings, what a policy blocked, requests beside the page itself. */
  readonly complaints: readonly string[];
}

/** Opens a file as a reader would. `hash`: what follows the address. */
export async function openPage(
  browser: Browser,
  file: string,
  options: { readonly hash?: string; readonly script?: boolean } = {},
): Promise<OpenedPage> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => {
    complaints.push(String(error));
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const address = `file://${path.resolve(file)}`;
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) complaints.push(`request: ${request.url()}`);
  });
  await page.setViewport({ width: 1400, height: 1000 });
  if (options.script === false) await page.setJavaScriptEnabled(false);
  await page.goto(address + (options.hash ?? ""), { waitUntil: "load" });
  return { page, complaints };
}
