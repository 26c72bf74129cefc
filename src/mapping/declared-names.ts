import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Mistakes } from "../errors/mistakes.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { MappingDefinition } from "../project/mapping-definition.ts";

/** Demands that totals the mapping itself declares are totals it adds up. Mistakes: DMFP-MAPPING-INVALID. */
export function demandControlTotals(definition: MappingDefinition, mistakes: Mistakes): void {
  const known = [...definition.controlTotals.keys()];
  for (const [name, { line, column }] of definition.declared?.totals ?? []) {
    if (known.includes(name)) continue;
    mistakes.add(
      new DmfpipeError(
        "DMFP-MAPPING-INVALID",
        `${name} is declared, but there is no control total of that name.${didYouMean(name, known)}`,
        {
          at: { file: definition.file, line, column },
          next: `Correct the name, or add it: controlTotals: { ${name}: COLUMN }.`,
        },
      ),
    );
  }
}
