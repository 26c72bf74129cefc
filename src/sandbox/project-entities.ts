import type { DatabaseSync } from "node:sqlite";
import { transaction } from "./database.ts";
import { DefinitionGroupStore } from "./definition-group-store.ts";
import type { EntityRunPlan } from "./execution-store.ts";

/** One entity of a data project, with its mapping. */
export interface ProjectEntity {
  /** DMF label. */
  readonly label: string;
  readonly sourceFormat: string;
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
  /** Mapped fields, upper case; empty: all. null: nobody has mapped any, and an export finds nothing to write. */
  readonly fields: readonly string[] | null;
}

/**
 * The entities of the data projects and how they are mapped. An import replaces those of its project by what the
 * manifest lists; a client that sets a project up through OData adds to them.
 */
export class ProjectEntities {
  readonly #database: DatabaseSync;
  readonly #groups: DefinitionGroupStore;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#groups = new DefinitionGroupStore(database);
    database.exec(`CREATE TABLE IF NOT EXISTS project_mapping (
      project TEXT NOT NULL COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE,
      label TEXT NOT NULL,
      source_format TEXT NOT NULL,
      execution_unit INTEGER NOT NULL,
      level INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      fields TEXT,
      PRIMARY KEY (project, label)
    ) WITHOUT ROWID`);
  }

  /** By execution unit, level and sequence. */
  of(project: string): readonly ProjectEntity[] {
    const entities = new Map(this.#imported(project).map((entity) => [entity.label, entity]));
    for (const { label, sourceFormat, executionUnit, disabled, mapped, ...order } of this.#groups.entities(
      project,
    )) {
      const imported = entities.get(label);
      const { levelInExecutionUnit: level, sequenceInLevel: sequence } = order;
      const fields = imported?.fields ?? (mapped ? [] : null);
      if (disabled) entities.delete(label);
      else entities.set(label, { label, sourceFormat, executionUnit, level, sequence, fields });
    }
    return [...entities.values()].sort(
      (a, b) => a.executionUnit - b.executionUnit || a.level - b.level || a.sequence - b.sequence,
    );
  }

  /** What an import of the project has mapped. */
  replaceImported(project: string, entities: readonly ProjectEntity[]): void {
    const insert = this.#database.prepare(
      "INSERT OR REPLACE INTO project_mapping VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    transaction(this.#database, () => {
      this.#database.prepare("DELETE FROM project_mapping WHERE project = ?").run(project);
      for (const { label, sourceFormat, executionUnit, level, sequence, fields } of entities) {
        const map = fields === null ? null : JSON.stringify(fields);
        insert.run(project, label, sourceFormat, executionUnit, level, sequence, map);
      }
    });
  }

  #imported(project: string): readonly ProjectEntity[] {
    const rows = this.#database
      .prepare("SELECT * FROM project_mapping WHERE project = ? ORDER BY label")
      .all(project);
    return rows.map((row) => ({
      label: row["label"] as string,
      sourceFormat: row["source_format"] as string,
      executionUnit: row["execution_unit"] as number,
      level: row["level"] as number,
      sequence: row["sequence"] as number,
      fields: row["fields"] === null ? null : (JSON.parse(row["fields"] as string) as string[]),
    }));
  }
}

/** What an import makes of an entity in its project; one without a map is not mapped. */
export function mappedEntity({
  run,
  columns,
}: {
  readonly run: EntityRunPlan;
  readonly columns: readonly unknown[] | null;
}): ProjectEntity {
  const { label, sourceFormat, executionUnit, level, sequence, fields } = run;
  return { label, sourceFormat, executionUnit, level, sequence, fields: columns === null ? null : fields };
}
