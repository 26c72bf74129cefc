import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { JoinTableBuilder, type JoinTable } from "../../mapping/join-table.ts";
import type { JoinDefinition, MappingDefinition } from "../../project/mapping-definition.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import { openSource } from "../../source/open-source.ts";

/** Most bytes of a second source: it is held in memory, in part. */
const maxJoinBytes = 512 * 1024 * 1024;

/**
 * Reads a second source into memory: its key and the columns the mapping uses. Throws DMFP-JOIN-INVALID for a
 * record that cannot be read, a key that comes twice, and more records or bytes than are held in memory;
 * DMFP-MAPPING-COLUMN for a key column it does not have; DMFP-SOURCE-* and DMFP-PATH-OUTSIDE.
 */
export async function readJoin(
  project: Project,
  definition: MappingDefinition,
  join: JoinDefinition,
  options: { readonly columns: readonly string[]; readonly keepPlaces?: boolean },
): Promise<{ readonly table: JoinTable; readonly file: string }> {
  const { columns, keepPlaces = false } = options;
  const { value: configured, line, column } = join.sourceFile;
  const at = { file: definition.file, line, column };
  const { root, sourceRoots } = project;
  const file = resolveInside({ root, sourceRoots, configured, at });
  const keys = join.key.map((key) => key.value);
  const wanted = [...new Set([...keys, ...columns])];
  const source = await openSource({
    path: file,
    name: path.relative(root, file),
    format: join.sourceFormat,
    wanted,
  });
  for (const { value, line: keyLine, column: keyColumn } of join.key) {
    if (source.columns.includes(value)) continue;
    throw new DmfpipeError(
      "DMFP-MAPPING-COLUMN",
      `${configured} has no column ${value}, which is part of the join's key.${didYouMean(value, source.columns)}`,
      { at: { file: definition.file, line: keyLine, column: keyColumn } },
    );
  }
  // A column it does not have is left out; the compiler says so where the mapping reads it.
  const kept = columns.filter((name) => source.columns.includes(name));
  const keyAt = keys.map((name) => source.columns.indexOf(name));
  const keptAt = kept.map((name) => source.columns.indexOf(name));
  const builder = new JoinTableBuilder({ name: join.name.value, columns: kept, keepPlaces });
  for await (const items of source.batches()) {
    for (const item of items) {
      const place = { file: item.position.file, line: item.position.line };
      if (item.kind === "unreadable") {
        throw new DmfpipeError(
          "DMFP-JOIN-INVALID",
          `${configured}, which the mapping joins, has a record that cannot be read: ${item.reasons[0]?.message ?? ""}`,
          { at: place },
        );
      }
      if (item.position.byteOffset > maxJoinBytes) {
        throw new DmfpipeError(
          "DMFP-JOIN-INVALID",
          `${configured}, which the mapping joins, has more than ${maxJoinBytes / 1024 / 1024} MB; so much is not held in memory.`,
          { at: place },
        );
      }
      builder.add(
        keyAt.map((index) => item.values[index] ?? ""),
        keptAt.map((index) => item.values[index] ?? ""),
        place,
      );
    }
  }
  return { table: builder.table(), file };
}
