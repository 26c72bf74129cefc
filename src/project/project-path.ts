import path from "node:path";
import { DmfpipeError, type ErrorPlace } from "../errors/dmfpipe-error.ts";

/**
 * Resolves a path of the configuration. It must stay inside the project's root or one of the source roots:
 * a mapping that somebody sends must not be able to read or write elsewhere.
 *
 * Throws DMFP-PATH-OUTSIDE for `..` that leaves, absolute paths elsewhere, drive letters, UNC names and NUL.
 */
export function resolveInside(options: {
  readonly root: string;
  readonly sourceRoots?: readonly string[];
  readonly configured: string;
  readonly at: ErrorPlace;
}): string {
  const { root, configured, at } = options;
  const strange = configured.includes("\0") || /^[A-Za-z]:/.test(configured) || /^\\\\/.test(configured);
  const resolved = path.resolve(root, configured);
  const allowed = [root, ...(options.sourceRoots ?? [])];
  if (!strange && allowed.some((folder) => isInside(folder, resolved))) return resolved;
  throw new DmfpipeError(
    "DMFP-PATH-OUTSIDE",
    `${configured.replaceAll("\0", "␀")} leads outside the project (${root}).`,
    { at },
  );
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
