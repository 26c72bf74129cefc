import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import type { CommandContext } from "../../src/cli/command-context.ts";
import { rejections } from "../../src/cli/rejections.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { ExitCode } from "../../src/errors/exit-code.ts";
import { folderWith } from "../project/temporary-project.ts";

const files = {
  "mappings/project.yaml": `project: small
entities: [vendors.yaml]
environments:
  sandbox: { kind: sandbox }
stewards:
  - { owner: Purchasing, match: { field: VENDORGROUPID } }
`,
  "mappings/vendors.yaml": `entity: Vendors V2
source: { file: data/vendors.csv }
legalEntity: COMPANY
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: VGROUP | map("A" -> "10")
`,
  "data/vendors.csv": `COMPANY,NO,NAME,VGROUP
USMF,0001,Lovelace Ltd,A
USMF,0002,Babbage & Sons,QQQQ
DEMF,0003,Jacquard SARL,QQQQ
DEMF,,Nobody Inc,A
`,
};

/** What a command prints and tells, for a user in `folder`. */
function user(folder: string): { context: CommandContext; said: { printed: string; told: string } } {
  const said = { printed: "", told: "" };
  const context: CommandContext = {
    options: { project: "mappings/project.yaml" },
    workingFolder: folder,
    clock: systemClock,
    signal: new AbortController().signal,
    variables: {},
    print: (text) => (said.printed += text),
    tell: (text) => (said.told += text),
    interactive: false,
    columns: 80,
  };
  return { context, said };
}

/** A page with its packed rows as they are; packed, they are letters that may be any word by chance. */
function unpacked(page: string): string {
  return page
    .replaceAll(/(?<=<script type="text\/plain"[^>]*>)[A-Za-z0-9+/=]+/g, (packed) =>
      gunzipSync(Buffer.from(packed, "base64")).toString(),
    )
    .replaceAll(/'sha256-[^']+'/g, "");
}

test("rejections of a run are printed, copied, and redacted, all of them or those of an owner", async () => {
  const root = folderWith(files);
  const checked = user(root);
  expect(await check(checked.context, {})).toBe(ExitCode.rejections);
  expect(checked.said.printed).toContain("/stewards/ (Purchasing 2, Unassigned 1)");

  const printed = user(root);
  await rejections(printed.context, undefined, { owner: "purchasing", redact: true });
  expect(printed.said.printed.trim().split("\n")).toHaveLength(2);
  expect(printed.said.printed).toMatch(
    /vendors\.csv:3 {2}Vendors V2 ‹.+\[mapping DMFP-MAP-VALUE\] VGROUP holds "‹/,
  );

  const copied = user(root);
  await rejections(copied.context, undefined, { to: "out", redact: true, company: "demf" });
  const names = ["rejections.ndjson", "report.html", "report.xlsx", "vendors-v2.rejected.csv"];
  expect(copied.said.printed).toBe(names.map((name) => `out/${name}\n`).join(""));
  expect(copied.said.told).toBe("2 rejected records copied, all values replaced by tokens.\n");
  expect(readdirSync(path.join(root, "out")).sort()).toEqual(names);
  for (const name of names.filter((one) => !one.endsWith(".xlsx"))) {
    const content = unpacked(readFileSync(path.join(root, "out", name), "utf8"));
    expect(content).toMatch(/"‹[^›]+›|,‹[^›]+›/);
    expect(content).not.toMatch(/QQQQ|Jacquard|DEMF|demf|\b0003\b/);
  }
});

test("an owner nobody knows, a folder that is not empty, and a grouping of a copy are refused", async () => {
  const root = folderWith(files);
  await check(user(root).context, {});
  const refusal = async (options: Parameters<typeof rejections>[2]): Promise<unknown> =>
    await rejections(user(root).context, undefined, options).catch((thrown: unknown) => thrown);
  expect(await refusal({ owner: "Purchasin" })).toMatchObject({
    code: "DMFP-USAGE",
    message: "project.yaml names no owner Purchasin. Did you mean Purchasing?",
    next: "Use one of: Purchasing, Unassigned.",
  });
  expect(await refusal({ to: "mappings" })).toMatchObject({ code: "DMFP-FILE-EXISTS" });
  expect(readdirSync(path.join(root, "mappings")).sort()).toEqual(["project.yaml", "vendors.yaml"]);
  expect(await refusal({ to: "out", by: "class" })).toMatchObject({ code: "DMFP-USAGE" });
  expect(await refusal({ redact: true, by: "cause" })).toMatchObject({ code: "DMFP-USAGE" });
});
