import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** What a data project says of itself beside its name and description. */
export interface DefinitionGroup {
  readonly name: string;
  readonly description: string;
  /** `Import` or `Export`. */
  readonly operationType: string;
  /** `Project` or `Configuration`. */
  readonly projectCategory: string;
  readonly generateDataPackage: "Yes" | "No";
  readonly truncateEntityData: "Yes" | "No";
}

/** An entity of a data project, as it was put there through OData. */
export interface DefinitionGroupEntity {
  /** DMF label. */
  readonly label: string;
  readonly sourceFormat: string;
  readonly executionUnit: number;
  readonly levelInExecutionUnit: number;
  readonly sequenceInLevel: number;
  readonly disabled: boolean;
  /** Whether its fields are mapped: without AutoGenerateMapping a project made through OData maps none. */
  readonly mapped: boolean;
}

const schema = `
CREATE TABLE IF NOT EXISTS project_setup (
  project TEXT PRIMARY KEY COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE,
  operation_type TEXT NOT NULL,
  project_category TEXT NOT NULL,
  generate_data_package TEXT NOT NULL,
  truncate_entity_data TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS project_entity (
  project TEXT NOT NULL COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE,
  label TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (project, label)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS execution_project ON execution (project);
`;

/** Data projects as OData sees and makes them. Projects that an import made have no set-up of their own. */
export class DefinitionGroupStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(schema);
  }

  /** Creates or replaces a project. */
  save(group: DefinitionGroup): void {
    this.#database
      .prepare(
        "INSERT INTO project (name, description) VALUES (?, ?) ON CONFLICT DO UPDATE SET description = excluded.description",
      )
      .run(group.name, group.description);
    this.#database
      .prepare("INSERT OR REPLACE INTO project_setup VALUES (?, ?, ?, ?, ?)")
      .run(
        group.name,
        group.operationType,
        group.projectCategory,
        group.generateDataPackage,
        group.truncateEntityData,
      );
  }

  /** Removes a project with its entities; its executions stay in the history. */
  remove(name: string): void {
    this.#database.prepare("DELETE FROM project WHERE name = ?").run(name);
  }

  /** Creates or replaces an entity of a project; the values by OData property. */
  saveEntity(project: string, label: string, content: Readonly<Record<string, string>>): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO project_entity (project, label, content) VALUES (?, ?, ?)")
      .run(project, label, JSON.stringify(content));
  }

  removeEntity(project: string, label: string): void {
    this.#database.prepare("DELETE FROM project_entity WHERE project = ? AND label = ?").run(project, label);
  }

  /** The entities that were put into a project through OData, in the order they are executed in. */
  entities(project: string): readonly DefinitionGroupEntity[] {
    return this.#database
      .prepare("SELECT label, content FROM project_entity WHERE project = ?")
      .all(project)
      .map(toEntity)
      .toSorted(
        (a, b) =>
          a.executionUnit - b.executionUnit ||
          a.levelInExecutionUnit - b.levelInExecutionUnit ||
          a.sequenceInLevel - b.sequenceInLevel,
      );
  }
}

function toEntity(row: Record<string, SQLOutputValue>): DefinitionGroupEntity {
  const content = JSON.parse(row["content"] as string) as Partial<Record<string, string>>;
  return {
    label: row["label"] as string,
    sourceFormat: content["SourceFormat"] ?? "",
    executionUnit: Number(content["ExecutionUnit"] ?? 0),
    levelInExecutionUnit: Number(content["LevelInExecutionUnit"] ?? 0),
    sequenceInLevel: Number(content["SequenceInLevel"] ?? 0),
    disabled: content["Disable"] === "Yes",
    mapped: content["AutoGenerateMapping"] === "Yes",
  };
}
