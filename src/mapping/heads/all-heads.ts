import type { HeadFunction } from "./head-function.ts";
import { joiningHeads } from "./joining-heads.ts";
import { valueHeads } from "./value-heads.ts";

/** Every function an expression can begin with, by name; `if` and `when` are part of the syntax. */
export const headFunctions: ReadonlyMap<string, HeadFunction> = new Map(
  [...joiningHeads, ...valueHeads].map((definition) => [definition.name, definition]),
);
