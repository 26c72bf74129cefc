import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { readProjectOutline } from "../project/project-outline.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { scaffold } from "./init-files.ts";
import { quotedForShell } from "./quoted-for-shell.ts";

/** What became of one file of the scaffold. */
interface InitFile {
  readonly file: string;
  readonly state: "made" | "was there";
  readonly what: string;
}

/**
 * `init [folder]`: makes a project out of a folder, here unless one is named. What is there already stays as it is,
 * so it may be given again at any time; that there was nothing left to make is no failure (exit code 0). The JSON
 * Schemas below .dmfpipe are refreshed each time: they are dmfpipe's, not the project's.
 */
export function init(context: CommandContext, folder: string | undefined): ExitCode {
  const root = path.resolve(context.workingFolder, folder ?? ".");
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new DmfpipeError("DMFP-USAGE", `${folder ?? root} is a file, not a folder.`, {
      next: "Name a folder, or none to begin the project here.",
    });
  }
  const files: InitFile[] = [];
  for (const { file, content, what } of scaffold(root)) {
    const absolute = path.join(root, file);
    const there = existsSync(absolute);
    if (!there) {
      mkdirSync(path.dirname(absolute), { recursive: true });
      // Fails rather than overwrites, should the file have come into being just now.
      writeFileSync(absolute, content, { flag: "wx" });
    }
    files.push({ file, state: there ? "was there" : "made", what });
  }
  refreshSchemas(root);
  report(context, { root, files, folder });
  return ExitCode.ok;
}

const schemaFiles = ["project.schema.json", "mapping.schema.json"];

/**
 * Puts the JSON Schemas that editors complete from below the project's .dmfpipe folder: a path that holds for
 * everybody who works on the project, wherever dmfpipe itself is installed.
 */
export function refreshSchemas(root: string): void {
  const folder = path.join(root, ".dmfpipe", "schema");
  mkdirSync(folder, { recursive: true });
  for (const name of schemaFiles) {
    copyFileSync(path.join(import.meta.dirname, "..", "..", "docs", "schema", name), path.join(folder, name));
  }
}

function report(
  context: CommandContext,
  done: { readonly root: string; readonly files: readonly InitFile[]; readonly folder: string | undefined },
): void {
  const { root, files, folder } = done;
  const next = nextCommand(context, root);
  const change = folder === undefined || path.resolve(root) === path.resolve(context.workingFolder);
  const line = change ? next : `cd ${quotedForShell(folder)} && ${next}`;
  if (context.options.json === true) {
    context.print(`${JSON.stringify({ project: root, files, next: line }, null, 2)}\n`);
    return;
  }
  if (context.options.quiet === true) return;
  const width = Math.max(...files.map(({ file }) => file.length));
  for (const { file, state, what } of files) {
    context.print(`${state.padEnd(9)}  ${file.padEnd(width)}  ${what}\n`);
  }
  if (files.some(({ file, state }) => file === ".gitignore" && state === "was there")) {
    context.tell("Look that .gitignore has the line .dmfpipe/ in it: runs hold records of your extracts.\n");
  }
  context.tell(`Next: ${line}\n`);
}

/** The first mapping, or a dry run where there are mappings. */
function nextCommand(context: CommandContext, root: string): string {
  const first = commandLine('init mapping "Vendors V2" extracts/vendors.csv --add', context.variables);
  try {
    const { entities } = readProjectOutline(path.join("mappings", "project.yaml"), root);
    return entities.length === 0 ? first : commandLine("check", context.variables);
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
    // What is wrong with a project.yaml that was there is told by the next command, with its place.
    return commandLine("check", context.variables);
  }
}
