import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { examineEnvironment } from "../../src/environment/doctor/examine-environment.ts";
import { entraHints } from "../../src/environment/sign-in-refusal.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { connect, environmentShape } from "../../src/project/environment-definition.ts";
import { sandboxForTest } from "../sandbox/sandbox-client.ts";
import { connectionToSandbox } from "./connection.ts";

const page = readFileSync(path.join(import.meta.dirname, "..", "..", "docs", "authentication.md"), "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]+?)```/g)].map(([, text = ""]) => text);

describe("docs/authentication.md", () => {
  test("has an example of every kind of auth", () => {
    const kinds = examples.map((text) => /kind: (\S+)/.exec(text)?.[1]);
    expect(new Set(kinds)).toEqual(
      new Set(["client-secret", "client-certificate", "managed-identity", "workload-identity", "azure-cli"]),
    );
  });

  test.each(examples)("an example is taken: %s", (text) => {
    const [[name, entry]] = Object.entries(parse(text) as Record<string, unknown>) as [[string, unknown]];
    const definition = environmentShape.parse(entry);
    if (definition.kind !== "live") throw new Error("not live");
    const variables = Object.fromEntries(
      [...text.matchAll(/\$\{(\w+)\}/g)].map(([, variable = ""]) => [variable, "x"]),
    );
    expect(connect(definition, { name, root: "/project", variables })).toMatchObject({ name });
  });

  test("explains every AADSTS number dmfpipe knows, and no other", () => {
    const table = page.slice(page.indexOf("| AADSTS"), page.indexOf("## `dmfpipe doctor`"));
    const documented = [...table.matchAll(/\d{5,}/g)].map(([number]) => number);
    expect(documented.toSorted()).toEqual(Object.keys(entraHints).toSorted());
  });

  test("lists every step of the doctor, in their order", async () => {
    const { sandbox } = await sandboxForTest();
    const { steps } = await examineEnvironment({
      connect: () => Promise.resolve(connectionToSandbox(sandbox)),
      needs: { companies: ["USMF"], labels: [], formats: ["CSV-Unicode"] },
      variables: {},
      write: true,
      clock: systemClock,
      onStep: () => undefined,
    });
    const table = page.slice(page.indexOf("| Step ("));
    const documented = [...table.matchAll(/^\| (`[^|]+`) *\|/gm)].flatMap(([, ids = ""]) =>
      [...ids.matchAll(/`([a-z-]+)`/g)].map(([, id]) => id),
    );
    expect(documented).toEqual(steps.map(({ id }) => id));
  });
});
