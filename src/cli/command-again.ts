import { quotedForShell } from "./quoted-for-shell.ts";

/**
 * A command as it was given, to be typed once more with something behind it: `load --dry-run --env prod`. With a flag
 * left out it would do something else, such as load in earnest. Global options are left out but for the environment,
 * which is always there, and so is `--confirm`, which is what is to be added.
 *
 * @param flags the command's own options, by the names under which commander gives them: `dryRun` is `--dry-run`
 */
export function commandAgain(
  words: readonly (string | undefined)[],
  flags: Readonly<Partial<Record<string, string | true | readonly string[]>>>,
  environment: string,
): string {
  const given = Object.entries(flags).flatMap(([name, value]) => {
    if (name === "confirm" || value === undefined) return [];
    const values = value === true ? [] : typeof value === "string" ? [value] : value;
    return [
      `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      ...values.map(quotedForShell),
    ];
  });
  const typed = words.filter((word) => word !== undefined).map(quotedForShell);
  return [...typed, ...given, "--env", quotedForShell(environment)].join(" ");
}
