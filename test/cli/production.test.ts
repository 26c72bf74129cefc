import { existsSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { load } from "../../src/cli/load.ts";
import { resubmit } from "../../src/cli/resubmit.ts";
import { resume } from "../../src/cli/resume.ts";
import { status } from "../../src/cli/runs.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import type { Finished } from "../e2e/command-line.ts";
import { inProcess } from "../e2e/in-process.ts";
import { smallProject, startEnvironment } from "../e2e/small-project.ts";

const environments = {
  prod: {
    url: "https://prod.example.invalid",
    tenant: "contoso.onmicrosoft.com",
    auth: { kind: "client-secret", clientId: "a", clientSecret: "${FNO_SECRET}" },
    writes: ["USMF"],
    production: true,
  },
};

const lastLine = ({ stderr }: Finished): string => stderr.trim().split("\n").at(-1) ?? "";

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
    expect(lastLine(loaded)).toMatch(/: dmfpipe load --env prod --confirm prod$/);
    // The same without its flags would load in earnest.
    const dry = await inProcess(root, (context) => load(context, { ...flags, dryRun: true, canary: "50" }));
    expect(lastLine(dry)).toMatch(/: dmfpipe load --dry-run --canary 50 --env prod --confirm prod$/);
    const resumed = await inProcess(root, (context) => resume(context, undefined, flags));
    expect(resumed.code).toBe(2);
    expect(lastLine(resumed)).toMatch(/: dmfpipe resume --env prod --confirm prod$/);
    const despite = { ...flags, despiteRejections: true } as const;
    const named = await inProcess(root, (context) => resume(context, "20261123-041530-7f3a", despite));
    expect(lastLine(named)).toMatch(
      /: dmfpipe resume 20261123-041530-7f3a --despite-rejections --env prod --confirm prod$/,
    );
    const again = { ...flags, from: ["old/vendors v2.rejected.csv"], entity: "Vendors V2" };
    const resubmitted = await inProcess(root, (context) => resubmit(context, "20261123-041530-7f3a", again));
    expect(resubmitted.code).toBe(2);
    expect(lastLine(resubmitted)).toMatch(
      /: dmfpipe resubmit 20261123-041530-7f3a --from 'old\/vendors v2.rejected.csv' --entity 'Vendors V2' --env prod --confirm prod$/,
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

test("who said the name of production is given it in the command that goes on with the run", async () => {
  const faults = [{ on: "GetAzureWriteUrl", times: 1, status: 403 } as const];
  const running = await startEnvironment({ faults }, { production: true });
  onTestFinished(running.stop);
  const prod = running.environments["uat"];
  const { root, remove } = smallProject({ environments: { sandbox: { kind: "sandbox" }, prod } });
  onTestFinished(remove);
  const world = { variables: running.variables, options: { env: "prod" } };
  const stopped = await inProcess(root, (context) => load(context, { confirm: "prod" }), world);
  expect(stopped.code).toBe(6);
  const run = /^Next: dmfpipe resume (\S+) --env prod --confirm prod$/.exec(lastLine(stopped))?.[1] ?? "";
  // Whoever asks how it stands, the run is one that was meant.
  const shown = await inProcess(root, (context) => status(context, run, {}));
  expect(lastLine(shown)).toBe(`Next: dmfpipe resume ${run} --env prod --confirm prod`);
  const tooEarly = await inProcess(root, (context) => resubmit(context, undefined, { dryRun: true }), world);
  expect(lastLine(tooEarly)).toBe(`Next: dmfpipe resume ${run} --env prod --confirm prod`);

  const resumed = await inProcess(root, (context) => resume(context, run, { confirm: "prod" }), world);
  expect(resumed.code).toBe(4);
  expect(lastLine(resumed)).toBe(
    `Next: dmfpipe resubmit --from .dmfpipe/runs/${run}/rejections/*.rejected.csv --env prod --confirm prod`,
  );
});

test("who meant another environment is not given the name of production", async () => {
  const { root, remove } = smallProject({
    environments: { sandbox: { kind: "sandbox" }, ...environments },
  });
  onTestFinished(remove);
  const ledger = Ledger.open(ledgerFile(root), systemClock);
  const run = { id: "20261123-041530-7f3a", fingerprint: "", fingerprintParts: "{}" };
  ledger.startRun({ ...run, command: "load", project: "small", environment: "prod" });
  ledger.close();
  const resumed = await inProcess(root, (context) => resume(context, undefined, {}));
  expect(lastLine(resumed)).toBe(`Next: If that is meant: dmfpipe resume ${run.id} --env prod`);
});
