import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** States of a message, numbered as Microsoft's Recurring Integrations Scheduler numbers them. */
export const messageStates = [
  "Enqueued",
  "Dequeued",
  "Downloaded",
  "Acked",
  "InProcess",
  "Processed",
  "ProcessedWithErrors",
  "PostProcessError",
  "PreProcessError",
  "PreProcessing",
] as const;

export type MessageState = (typeof messageStates)[number];

/** A message of a recurring data job: a file on its way into F&O, or a package to be fetched. */
export interface RecurringMessage {
  readonly id: string;
  readonly activityId: string;
  readonly state: MessageState;
  /** Label of the entity for single files; "" for packages. */
  readonly entity: string;
  readonly company: string;
  /** What the client calls the message, usually a file name. */
  readonly externalId: string;
  readonly blob: string;
  /** "" as long as no execution has begun. */
  readonly executionId: string;
  readonly popReceipt: string;
  /** From when on a message that was dequeued and not acknowledged is given out again. */
  readonly visibleAt: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly log: string;
}

export type MessageChange = Partial<
  Pick<
    RecurringMessage,
    "state" | "executionId" | "popReceipt" | "visibleAt" | "startedAt" | "endedAt" | "log"
  >
>;

const columns: Readonly<Record<keyof MessageChange, string>> = {
  state: "state",
  executionId: "execution_id",
  popReceipt: "pop_receipt",
  visibleAt: "visible_at",
  startedAt: "started_at",
  endedAt: "ended_at",
  log: "log",
};

/** The queues of the recurring data jobs. */
export class RecurringStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`CREATE TABLE IF NOT EXISTS recurring_message (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE COLLATE NOCASE,
      activity TEXT NOT NULL COLLATE NOCASE,
      state INTEGER NOT NULL DEFAULT 0,
      entity TEXT NOT NULL,
      company TEXT NOT NULL,
      external_id TEXT NOT NULL,
      blob TEXT NOT NULL,
      execution_id TEXT NOT NULL,
      pop_receipt TEXT NOT NULL DEFAULT '',
      visible_at INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      log TEXT NOT NULL DEFAULT ''
    )`);
  }

  add(
    message: Pick<
      RecurringMessage,
      "id" | "activityId" | "entity" | "company" | "externalId" | "blob" | "executionId" | "createdAt"
    >,
  ): void {
    this.#database
      .prepare(
        "INSERT INTO recurring_message (id, activity, entity, company, external_id, blob, execution_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(
        ...[message.id, message.activityId, message.entity, message.company],
        ...[message.externalId, message.blob, message.executionId, message.createdAt],
      );
  }

  find(id: string): RecurringMessage | undefined {
    // Clients pass ids on with or without braces.
    const row = this.#database
      .prepare("SELECT * FROM recurring_message WHERE id = ?")
      .get(id.trim().replace(/^\{(.*)\}$/, "$1"));
    return row === undefined ? undefined : toMessage(row);
  }

  /** Messages of an activity, from old to new. */
  of(activityId: string): readonly RecurringMessage[] {
    return this.#database
      .prepare("SELECT * FROM recurring_message WHERE activity = ? ORDER BY number")
      .all(activityId)
      .map(toMessage);
  }

  change(id: string, change: MessageChange): void {
    const entries = Object.entries(change) as [keyof MessageChange, string | number | null][];
    const values = entries.map(([name, value]) =>
      name === "state" ? messageStates.indexOf(value as MessageState) : value,
    );
    const assignments = entries.map(([name]) => `${columns[name]} = ?`).join(", ");
    this.#database.prepare(`UPDATE recurring_message SET ${assignments} WHERE id = ?`).run(...values, id);
  }
}

function toMessage(row: Record<string, SQLOutputValue>): RecurringMessage {
  return {
    id: row["id"] as string,
    activityId: row["activity"] as string,
    state: messageStates[row["state"] as number] ?? "Enqueued",
    entity: row["entity"] as string,
    company: row["company"] as string,
    externalId: row["external_id"] as string,
    blob: row["blob"] as string,
    executionId: row["execution_id"] as string,
    popReceipt: row["pop_receipt"] as string,
    visibleAt: row["visible_at"] as number,
    createdAt: row["created_at"] as number,
    startedAt: row["started_at"] as number | null,
    endedAt: row["ended_at"] as number | null,
    log: row["log"] as string,
  };
}
