import { writeFileSync } from "node:fs";
import path from "node:path";
import type { EntitySchema } from "../../src/entity/entity-schema.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { compileMapping, type CompiledMapping } from "../../src/mapping/compile-mapping.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { mappingNeeds } from "../../src/mapping/mapping-needs.ts";
import {
  proposeMapping,
  type MappingProposal,
  type ProposalOptions,
} from "../../src/mapping/propose/mapping-proposal.ts";
import type { ProposedField } from "../../src/mapping/propose/proposed-field.ts";
import { mappingText } from "../../src/mapping/propose/mapping-text.ts";
import { readMapping } from "../../src/project/mapping-file.ts";
import type { MappingDefinition } from "../../src/project/mapping-definition.ts";
import { ColumnProfiler, type ColumnProfile } from "../../src/source/column-profile.ts";

/** The profiles of a source, given column by column. */
export function profilesOf(columns: Readonly<Record<string, readonly string[]>>): readonly ColumnProfile[] {
  const names = Object.keys(columns);
  const profiler = new ColumnProfiler(names);
  const records = Math.max(0, ...Object.values(columns).map((values) => values.length));
  for (let record = 0; record < records; record++) {
    profiler.add(names.map((name) => columns[name]?.[record] ?? ""));
  }
  return profiler.profiles();
}

/** What is proposed for a source given column by column. */
export function propose(
  schema: EntitySchema,
  columns: Readonly<Record<string, readonly string[]>>,
  more: Partial<ProposalOptions> = {},
): MappingProposal {
  return proposeMapping({ schema, profiles: profilesOf(columns), defaultLegalEntity: "USMF", ...more });
}

/** The line a proposal has for a field. */
export function lineOf(proposal: MappingProposal, field: string): ProposedField | undefined {
  return proposal.fields.find((line) => line.field === field);
}

/** A proposal as the file a user gets, read back. */
export function definitionOf(proposal: MappingProposal, folder: string): MappingDefinition {
  const text = mappingText({
    proposal,
    source: { file: "extracts/x.csv", delimiter: ";", encoding: "utf-8" },
    head: ["A proposal."],
  });
  const file = path.join(folder, "proposed.yaml");
  writeFileSync(file, text);
  return readMapping({ path: file, root: folder, recordBytes: 1_000_000 });
}

/**
 * Compiles a proposal by way of its file. The one mistake it may have is that wanted fields are missing; those the
 * proposal names as missing, and then there is nothing to give back.
 */
export function compiled(
  proposal: MappingProposal,
  schema: EntitySchema,
  folder: string,
): CompiledMapping | undefined {
  const definition = definitionOf(proposal, folder);
  const lookups = mappingNeeds(definition).lookups.map(
    ({ value }) => [value, parseLookup(value, "from,to\na,b\n", value)] as const,
  );
  const missing = proposal.fields.filter(({ wanted, state }) => wanted && state !== "proposed");
  try {
    return compileMapping({ definition, schema, lookups: new Map(lookups), defaultLegalEntity: "USMF" });
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError) || missing.length === 0) throw thrown;
    const named = missing.every(({ field }) => thrown.message.includes(field));
    if (thrown.code === "DMFP-MAPPING-FIELD" && named && thrown.message.includes(" wants ")) return undefined;
    throw thrown;
  }
}
