import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { webhookOf } from "../../src/project/notification.ts";
import { readProject } from "../../src/project/project.ts";
import { readUnattendedSettings } from "../../src/project/unattended-settings.ts";
import { temporaryFolder } from "../load/temporary-folder.ts";

function projectFile(text: string | undefined): string {
  const root = path.join(temporaryFolder(), "contoso");
  const file = path.join(root, "mappings", "project.yaml");
  mkdirSync(path.dirname(file), { recursive: true });
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

const good = `project: nightly
entities: [a.yaml]
environments: { prod: { kind: sandbox } }
defaults: { environment: prod }
notify: { url: "\${HOOK}" }
metrics: { file: /var/lib/x.prom }
keep: { days: 90 }
`;

test("what is needed to tell of a load", () => {
  const file = projectFile(good);
  expect(readUnattendedSettings("mappings/project.yaml", path.dirname(path.dirname(file)))).toEqual({
    project: "nightly",
    root: path.dirname(path.dirname(file)),
    defaultEnvironment: "prod",
    notify: { url: "${HOOK}", on: ["failed"], format: "json" },
    metricsFile: "/var/lib/x.prom",
  });
});

test.each([
  ["another setting is wrong", good.replace("entities: [a.yaml]", "entities: 7"), true],
  ["a setting nobody knows", `${good}surprise: 1\n`, true],
  ["its own name is wrong", good.replace("project: nightly", "project: [1]"), true],
  ["the notification itself is wrong", good.replace("{ url:", "{ to: me, url:"), false],
  ["it is no YAML", `${good}}`, false],
  ["it is empty", "", false],
  ["it is not there", undefined, false],
])("it is read as far as possible where %s", (_name, text, told) => {
  const settings = readUnattendedSettings(projectFile(text), "/");
  expect(settings.notify !== undefined).toBe(told);
  expect(["nightly", "contoso"]).toContain(settings.project);
});

test.each([
  ["notify: { url: x, on: [sometimes] }", /notify.*on/],
  ["notify: { url: x, format: fax }", /notify.*format/],
  ["metrics: { path: x }", /path/],
  ["keep: {}", /keep.*needs days, packages or both/],
  ["keep: { days: -1 }", /keep.*days/],
])("%s is a mistake with its place", (line, words) => {
  const file = projectFile(`${good.split("\n").slice(0, 4).join("\n")}\n${line}\n`);
  let error: unknown;
  try {
    readProject(file, "/");
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(DmfpipeError);
  expect(error).toMatchObject({ code: "DMFP-PROJECT-INVALID", at: { line: 5 } });
  expect((error as DmfpipeError).message).toMatch(words);
});

test("the address of a webhook never shows", () => {
  const webhook = webhookOf(
    { url: "https://h/${TOKEN}", on: ["failed"], format: "slack" },
    { TOKEN: "s3cret" },
  );
  expect(webhook.url.reveal()).toBe("https://h/s3cret");
  expect(JSON.stringify(webhook)).not.toContain("s3cret");
});
