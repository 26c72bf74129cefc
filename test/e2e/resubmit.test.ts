import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import { smallProject, startEnvironment } from "./small-project.ts";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

const vendors = "NO;NAME;GROUP;TERM\nV1;a;LOCAL;Net30\nV2;b;LOCAL;NET99\nV3;c;LOCAL;NET99\n";

test(
  "a resubmission that is killed, wherever, is resumed, and sends nothing twice",
  { timeout: 120_000 },
  async () => {
    const environment = await startEnvironment({ targetDelayMs: 300 });
    cleanUp.push(environment.stop);
    const { root, write, remove } = smallProject({
      vendors,
      environments: environment.environments,
      limits: { doubtSeconds: 1 },
    });
    cleanUp.push(remove);
    const { variables } = environment;
    const run = (...args: string[]) => dmfpipe(root, args, { variables });
    const killedAt = async (words: string, ...args: string[]): Promise<void> => {
      const started = start(root, args, { variables });
      await started.said(words);
      started.process.kill("SIGKILL");
      expect((await started.finished).signal).toBe("SIGKILL");
    };

    const loaded = await run("load");
    expect(loaded.code, loaded.stderr).toBe(4);
    const file = path.join(path.relative(root, latestRun(root)), "rejections", "vendors-v2.rejected.csv");
    expect(loaded.stderr.trimEnd().split("\n").at(-1)).toBe(
      `Next: dmfpipe resubmit --from ${path.join(path.dirname(file), "*.rejected.csv")}`,
    );
    write("corrected.csv", readFileSync(path.join(root, file), "utf8").replaceAll(";NET99;", ";Net10;"));
    await killedAt("resubmission of run", "resubmit", "--from", "corrected.csv");
    const open = await run("resubmit", "--from", "corrected.csv");
    expect(open.code, open.stderr).toBe(2);
    expect(open.stderr).toMatch(/dmfpipe resume \S+\n$/);
    await killedAt("importing", "resume");
    await killedAt("collecting", "resume");
    const resumed = await run("resume", "--json");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      command: "resubmit",
      balanced: true,
      entities: [{ read: 2, created: 2 }],
    });
    expect(summaryOf(latestRun(root)).resubmissionOf).toBe(path.basename(path.dirname(path.dirname(file))));
    const again = await run("resubmit", "--from", "corrected.csv");
    expect(again.code, again.stderr).toBe(9);
    expect(again.stderr).toContain(`2 records loaded by run ${path.basename(latestRun(root))}`);
    const explained = await run("explain", "data/vendors.csv:3");
    expect(explained.stdout).toMatch(
      /corrected in corrected\.csv, row 2:\n\s+TERM\s+"NET99" → "Net10"\n[^]*loaded\n[^]*rejected \(target\)/,
    );
    const rows = await new SandboxClient(environment.sandbox).rows(
      "/data/VendorsV2?$orderby=VendorAccountNumber",
    );
    expect(rows.map((row) => row["DefaultPaymentTermsName"])).toEqual(["Net30", "Net10", "Net10"]);
  },
);
