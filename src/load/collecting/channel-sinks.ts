import path from "node:path";
import { publishText } from "../../package/partial-file.ts";
import type { UnattributedMessage } from "../../rejection/rejection.ts";
import type { Statements } from "../../rejection/statements.ts";
import type { ErrorFileSummary } from "../../rejection/summary.ts";
import type { UnattributedWriter } from "../../rejection/unattributed-file.ts";
import { entitiesOf, type LedgerPackage } from "../ledger/ledger-rows.ts";
import type { RunFolder } from "../run-folder.ts";

/** Where it goes what the error channels of a package hold. */
export interface ChannelSinks {
  /** What is said about a record that is named. */
  readonly statements: Statements;
  /** What is said, and no record is known for. */
  readonly unattributed: UnattributedWriter;
  /** The files F&O's answers are kept in. */
  readonly files: ErrorFileList;
}

/** Which files hold what F&O said about a package, and how each was read. */
export class ErrorFileList {
  readonly #folder: RunFolder;
  readonly #pack: LedgerPackage;
  readonly #files: ErrorFileSummary[] = [];

  constructor(folder: RunFolder, pack: LedgerPackage) {
    this.#folder = folder;
    this.#pack = pack;
  }

  /** `file`: absolute path. `layout`: how it was read, in words. */
  add(file: string, about: Pick<ErrorFileSummary, "channel" | "entity" | "layout">): void {
    this.#files.push({ ...about, file: path.relative(this.#folder.path, file).replaceAll("\\", "/") });
  }

  /** Where there are any. Throws DMFP-FILE-WRITE. */
  async publish(): Promise<void> {
    if (this.#files.length === 0) return;
    await publishText(this.#folder.errorFileList(this.#pack.key), JSON.stringify(this.#files));
  }
}

/** Something F&O said that no record is known for. `entity`: where it is known, else all of the package. */
export function unattributedMessage(
  pack: LedgerPackage,
  channel: UnattributedMessage["channel"],
  recordId: string,
  message: string,
  entity = entitiesOf(pack),
): UnattributedMessage {
  const { legalEntity, executionId } = pack;
  return { entity, legalEntity, executionId, channel, recordId, message };
}
