import { existsSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { load } from "../../src/cli/load.ts";
import { resubmit } from "../../src/cli/resubmit.ts";
import { resume } from "../../src/cli/resume.ts";
import { inProcess } from "../e2e/in-process.ts";
import { smallProject } from "../e2e/small-project.ts";

const environments = {
  prod: {
    url: "https://prod.example.invalid",
    tenant: "contoso.onmicrosoft.com",
    auth: { kind: "client-secret", clientId: "a", clientSecret: "${FNO_SECRET}" },
    writes: ["USMF"],
    production: true,
  },
};

test.each([
  ["nothing", {}, "prod is a production environment"],
  ["another name", { confirm: "uat" }, "--confirm uat is not the name of the environment"],
])(
  "into production with %s said: refused before anything is read, asked for or written",
  async (_name, flags, words) => {
    const { root, remove } = smallProject({ environments });
    onTestFinished(remove);
    const loaded = await inProcess(root, (context) => load(context, flags));
    expect(loaded.code).toBe(2);
    expect(loaded.stderr).toContain(words);
    expect(loaded.stderr.trim().split("\n").at(-1)).toMatch(/: dmfpipe load --env prod --confirm prod$/);
    const resumed = await inProcess(root, (context) => resume(context, undefined, flags));
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain("dmfpipe resume --env prod --confirm prod");
    const again = { ...flags, from: ["old/vendors v2.rejected.csv"], entity: "Vendors V2" };
    const resubmitted = await inProcess(root, (context) => resubmit(context, "20261123-041530-7f3a", again));
    expect(resubmitted.code).toBe(2);
    expect(resubmitted.stderr.trim().split("\n").at(-1)).toMatch(
      /: dmfpipe resubmit 20261123-041530-7f3a --entity 'Vendors V2' --from 'old\/vendors v2.rejected.csv' --env prod --confirm prod$/,
    );
    expect(existsSync(path.join(root, ".dmfpipe"))).toBe(false);
  },
);

test("with its name said the load goes on, here until the secret that is not set", async () => {
  const { root, remove } = smallProject({ environments });
  onTestFinished(remove);
  const loaded = await inProcess(root, (context) => load(context, { confirm: "prod" }));
  expect(loaded.stderr).toContain("DMFP-SECRET-MISSING");
  // What sends nothing asks for no name.
  const tried = await inProcess(root, (context) => resubmit(context, undefined, { dryRun: true }));
  expect(tried.stderr).toContain("Nothing was loaded into prod yet.");
});
