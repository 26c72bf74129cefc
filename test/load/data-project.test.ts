import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { DataProjectCheck, dataProjectAdvice } from "../../src/load/sending/data-project.ts";
import type { LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import type { RunResult } from "../../src/load/load-options.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { runLoad } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import { cleanVendors, smallProject, startEnvironment } from "../e2e/small-project.ts";
import { connectionTo, connectionToSandbox, environmentFor } from "../environment/connection.ts";
import { quickRetry } from "../environment/quick-retry.ts";
import { reply, scriptedServer } from "../environment/scripted-server.ts";
import { ODataTestClient } from "../sandbox/odata-client.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const groupsProject = "small-USMF-Vendor-groups";
const vendorsProject = "small-USMF-Vendors-V2";

interface Scene {
  readonly client: SandboxClient;
  /** Loads, and says what was warned of. `project`: the folder of another project. */
  load: (project?: string) => Promise<{ result: RunResult; warnings: string[] }>;
  description: (name: string) => Promise<unknown>;
}

/** The small project, an F&O, and loads into it. */
async function scene(dataProjects: "replace" | "keep"): Promise<Scene> {
  const running = await startEnvironment();
  onTestFinished(running.stop);
  const { sandbox, environments } = running;
  const client = new SandboxClient(sandbox);
  const { root, remove } = smallProject({ environments, vendors: cleanVendors, packages: { dataProjects } });
  onTestFinished(remove);
  return {
    client,
    load: async (folder = root) => {
      const project = readProject("mappings/project.yaml", folder);
      const definition = project.environments["uat"];
      if (definition === undefined) throw new Error("uat");
      const events: LoadEvent[] = [];
      const result = await runLoad({
        project,
        environmentName: "uat",
        definition,
        catalogue: EntityCatalogue.builtIn(),
        clock: systemClock,
        version: "0.1.0",
        listener: (event) => events.push(event),
        settings: { firstPollMs: 1, longestPollMs: 8, doubtGraceMs: 30, keysFileMs: 5000 },
        retry: quickRetry,
        connection: {
          open: () => Promise.resolve(connectionToSandbox(sandbox)),
          close: () => Promise.resolve(),
        },
      });
      const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.text] : []));
      return { result, warnings };
    },
    description: async (name) => {
      const [row] = await client.rows(`/data/DataManagementDefinitionGroups?$filter=Name eq '${name}'`);
      return row?.["Description"];
    },
  };
}

async function makeByHand(client: SandboxClient, name: string): Promise<void> {
  const answer = await client.post("/data/DataManagementDefinitionGroups", {
    Name: name,
    Description: "Vendors of the shop",
    OperationType: "Import",
  });
  expect(answer.status).toBe(201);
}

describe.each(["replace", "keep"] as const)("dataProjects: %s", (setting) => {
  test("load after load into its own projects says nothing", async () => {
    const { load } = await scene(setting);
    for (const created of [2, 0]) {
      const { result, warnings } = await load();
      expect(result.summary).toMatchObject({ exitCode: 0, balanced: true });
      expect(result.summary.entities.map((entity) => entity.created)).toEqual([created, created]);
      expect(warnings).toEqual([]);
    }
  });

  test("an environment that does not tell of its projects is asked once, and its silence is told", async () => {
    const token = reply(200, { access_token: "t", expires_in: 3600, token_type: "Bearer" });
    const words = "Access denied to table DMFDefinitionGroup.";
    const server = await scriptedServer(token, reply(400, { error: { message: words } }));
    const ledger = Ledger.open(path.join(temporaryFolder(), "ledger.db"), systemClock);
    onTestFinished(() => {
      ledger.close();
    });
    const { root, remove } = smallProject({ packages: { dataProjects: setting } });
    onTestFinished(remove);
    const project = readProject("mappings/project.yaml", root);
    const environment = environmentFor(connectionTo(server.url));
    const warnings: string[] = [];
    const checkOf = (): DataProjectCheck =>
      new DataProjectCheck({
        run: "r",
        project,
        environment,
        ledger,
        log: (event) => {
          if (event.kind === "warning") warnings.push(event.text);
        },
      });
    const check = checkOf();
    const pack = { dataProject: vendorsProject } as LedgerPackage;
    // What nobody can look at is replaced only where that is the rule.
    expect(await check.prepare(pack, [])).toBe(setting === "replace");
    expect(await check.prepare(pack, [])).toBe(setting === "replace");
    expect(warnings).toEqual([expect.stringContaining(`has the data project ${vendorsProject}`)]);
    expect(warnings[0]).toContain(words);
    // What the ledger knows to be ours needs no answer.
    ledger.noteDataProject("uat", vendorsProject.toUpperCase());
    expect(await checkOf().prepare(pack, [])).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});

test("replace: a project that somebody else made is named once, replaced, and from then on our own", async () => {
  const { client, load, description } = await scene("replace");
  await makeByHand(client, vendorsProject);
  const first = await load();
  expect(first.result.summary.exitCode).toBe(0);
  expect(first.warnings).toEqual([
    `The data project ${vendorsProject}, which dmfpipe did not make, is in uat already: its definition is replaced by that of this load (packages.dataProjects: keep leaves it as it is).`,
  ]);
  expect(await description(vendorsProject)).toBe("small: Vendors V2 USMF");
  // An F&O that keeps the description of a project: no source says whether it takes that of a package.
  const odata = new ODataTestClient(client);
  const row = `/data/DataManagementDefinitionGroups('${vendorsProject}')`;
  expect((await odata.call("PATCH", row, { Description: "Vendors of the shop" })).status).toBe(204);
  expect((await load()).warnings).toEqual([]);
});

test("keep: a project that somebody else made is left alone, and what F&O says to that is explained", async () => {
  const { client, load, description } = await scene("keep");
  await makeByHand(client, groupsProject);
  const { result, warnings } = await load();
  expect(warnings).toEqual([
    expect.stringContaining(`${groupsProject}, which dmfpipe did not make, is in uat already and is kept`),
  ]);
  expect(await description(groupsProject)).toBe("Vendors of the shop");
  // The sandbox answers as a user reported; what is documented is that the project's own definition is taken.
  expect(result.error).toMatchObject({ code: "DMFP-PACKAGE-REFUSED" });
  expect(result.error?.message).toContain("exists and overwrite has not been specified");
  expect(result.error?.message).toContain("packages.dataProjects: replace");
  expect(result.summary.packages.map(({ status }) => status)).toEqual(["failed", "unprocessed"]);
  // Nor is it taken for our own the next time.
  expect((await load()).warnings).toHaveLength(1);
});

test("other refusals get no advice about data projects", () => {
  expect(dataProjectAdvice("Entity X does not exist in the target environment", "p")).toBeUndefined();
  expect(
    dataProjectAdvice(
      "A data project must exist before importing a package consisting of a composite data entity.",
      "p",
    ),
  ).toContain("Create the data project p");
});
