import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { Environment } from "../../src/environment/environment.ts";
import { systemClock } from "../../src/errors/clock.ts";
import type { LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import type { LoadSettings } from "../../src/load/load-settings.ts";
import { PackageSender } from "../../src/load/sending/send-package.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { connectionToSandbox, environmentFor } from "../environment/connection.ts";
import { buildPackage } from "../sandbox/package-builder.ts";
import { sandboxForTest, type SandboxClient } from "../sandbox/sandbox-client.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const quickSettings: LoadSettings = {
  firstPollMs: 1,
  longestPollMs: 8,
  importDeadlineMs: 60_000,
  addressLifetimeMs: 60_000,
  uploadsAhead: 2,
  doubtGraceMs: 60,
  keysFileMs: 10_000,
  executionErrorsBytes: 1_000_000,
  uploadAttempts: 3,
  importAttempts: 3,
};

/** Hits every import and changes nothing: it is there to be counted. Faults that come before it in the plan win. */
const counter: Fault = { on: "ImportFromPackage", times: 10_000, delayMs: 0 };

/** The content of one package: two vendor groups. */
export const groups = {
  label: "Vendor groups",
  file: "Vendor groups.csv",
  rows: [
    ["VENDORGROUPID", "DESCRIPTION"],
    ["SEND1", "One"],
    ["SEND2", "Two"],
  ],
};

export interface SenderChanges {
  readonly settings?: Partial<LoadSettings>;
  readonly onInDoubt?: "ask" | "stop";
  readonly signal?: AbortSignal;
  /** Called after the ledger recorded a step, as the run's log is. */
  readonly onMove?: (pack: LedgerPackage) => void;
}

/** One package, a ledger that knows it, and a real sandbox to send it to. */
export interface Sending {
  readonly client: SandboxClient;
  readonly environment: Environment;
  readonly executionId: string;
  /** Content of the zip, for a test that imports it past dmfpipe. */
  readonly content: Buffer;
  readonly zip: string;
  /** Sends it with a sender of its own, as another process would: nothing but the ledger is remembered. */
  send(changes?: SenderChanges): Promise<LedgerPackage>;
  /** The package as the ledger knows it. */
  pack(): LedgerPackage;
  /** States it has gone through since the beginning. */
  readonly states: readonly string[];
  /** How many calls of ImportFromPackage reached F&O, with whatever end. */
  imports(): number;
}

export async function sendingTo(
  settings: Partial<SandboxSettings> = {},
  options: { readonly faults?: readonly Fault[]; readonly entity?: typeof groups } = {},
): Promise<Sending> {
  const client = await sandboxForTest({ ...settings, faults: [...(options.faults ?? []), counter] });
  const environment = environmentFor(connectionToSandbox(client.sandbox));
  const folder = temporaryFolder();
  const content = await buildPackage(options.entity ?? groups);
  const zip = path.join(folder, "package.zip");
  writeFileSync(zip, content);
  const ledger = Ledger.open(path.join(folder, "ledger.db"), systemClock);
  onTestFinished(() => {
    ledger.close();
  });
  const run = "run-1";
  const executionId = "sending-test-execution";
  ledger.startRun({
    id: run,
    command: "load",
    project: "sending",
    environment: "uat",
    fingerprint: "",
    fingerprintParts: "{}",
  });
  ledger.finishBuild(
    run,
    [
      {
        key: "001-vendor-groups-usmf-001",
        position: 1,
        legalEntity: "USMF",
        dataProject: "sending-USMF-Vendor-groups",
        file: "packages/package.zip",
        sha256: createHash("sha256").update(content).digest("hex"),
        sizeBytes: content.length,
        parts: [{ entity: groups.label, dataFile: groups.file, records: 2 }],
        executionId,
      },
    ],
    [],
  );
  const pack = (): LedgerPackage => {
    const [found] = ledger.packages(run);
    if (found === undefined) throw new Error("The package is not in the ledger.");
    return found;
  };
  const states: string[] = ["built"];
  return {
    client,
    environment,
    executionId,
    content,
    zip,
    pack,
    states,
    send: async (changes = {}) => {
      const sender = new PackageSender(pack(), {
        prepare: () => Promise.resolve(true),
        onImported: () => undefined,
        run,
        ledger,
        environment:
          changes.signal === undefined
            ? environment
            : environmentFor(connectionToSandbox(client.sandbox), { signal: changes.signal }),
        settings: { ...quickSettings, ...changes.settings },
        signal: changes.signal,
        file: zip,
        onInDoubt: changes.onInDoubt ?? "ask",
        onMove: (moved) => {
          states.push(moved.state);
          changes.onMove?.(moved);
        },
      });
      return await sender.send();
    },
    imports: () =>
      client.sandbox.firedFaults().filter(({ operation }) => operation === "ImportFromPackage").length,
  };
}
