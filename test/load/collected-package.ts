import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { collectPackage, type CollectedPackage } from "../../src/load/collecting/collect-package.ts";
import type { LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { planLoad, type PlannedLoad } from "../../src/load/load-plan.ts";
import { defaultLoadSettings } from "../../src/load/load-settings.ts";
import { ledgerFile, RunFolder } from "../../src/load/run-folder.ts";
import { readProject, type Project } from "../../src/project/project.ts";
import type { MessageMeaning } from "../../src/rejection/meaning/message-meaning.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection, UnattributedMessage } from "../../src/rejection/rejection.ts";
import { readUnattributed } from "../../src/rejection/unattributed-file.ts";
import { connectionTo, environmentFor } from "../environment/connection.ts";
import { scriptedServer } from "../environment/scripted-server.ts";
import { build } from "./building.ts";
import { environmentThat, type Answers } from "./error-answers.ts";

export const vendorsMapping = `entity: Vendors V2
source: { file: data/vendors.csv }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: constant("10")
`;

/** A package that waits for what F&O says of its records. */
export interface BuiltPackage {
  readonly project: Project;
  readonly planned: readonly PlannedLoad[];
  readonly pack: LedgerPackage;
  readonly folder: RunFolder;
}

/** Builds the one package of a mapping and a source. */
export async function builtPackage(mapping: string, file: string, content: string): Promise<BuiltPackage> {
  const { root, result } = await build({ [file]: content }, { mapping });
  const project = readProject("mappings/project.yaml", root);
  const planned = await planLoad(project, EntityCatalogue.builtIn());
  const ledger = Ledger.open(ledgerFile(root), systemClock);
  const [pack] = ledger.packages(result.summary.run);
  ledger.close();
  if (pack === undefined) throw new Error("no package");
  return {
    project,
    planned,
    folder: new RunFolder(root, result.summary.run),
    pack: { ...pack, executionId: "the-execution", environmentStatus: "PartiallySucceeded" },
  };
}

/** Collects what an environment with these answers says of a package. */
export async function collectFrom(
  { project, planned, pack, folder }: BuiltPackage,
  answers: Answers,
  meaning?: MessageMeaning,
): Promise<{
  readonly collected: CollectedPackage;
  readonly rejections: readonly Rejection[];
  readonly unattributed: readonly UnattributedMessage[];
}> {
  const server = await scriptedServer(environmentThat(answers));
  const collected = await collectPackage({
    pack,
    planned,
    project,
    folder,
    environment: environmentFor(connectionTo(server.url, { blobHosts: [new URL(server.url).host] })),
    settings: { ...defaultLoadSettings, firstPollMs: 1, longestPollMs: 2 },
    signal: undefined,
    ...(meaning === undefined ? {} : { meaning }),
  });
  const rejections = await Array.fromAsync(
    readRejections(folder.packageRejections(pack.key, planned[0]?.position ?? 0)),
  );
  const unattributed = await Array.fromAsync(readUnattributed(folder.unattributedMessages(pack.key)));
  return { collected, rejections, unattributed };
}
