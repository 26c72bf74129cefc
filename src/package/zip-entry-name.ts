/**
 * Why a name in a zip cannot be that of a file inside the folder it is unpacked to, in words that follow "its name";
 * undefined where it can. F&O runs on Windows, so both slashes separate and drive letters count.
 */
export function unsafeEntryName(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("\0")) return "has a NUL";
  if (/^[/\\]/.test(name) || /^[A-Za-z]:/.test(name)) return "is absolute";
  if (/(^|[/\\])\.\.([/\\]|$)/.test(name)) return "leads out of the package";
  return undefined;
}

/** The name as Windows compares it: neither case nor the kind of slash matters, nor dots and blanks at the end. */
export function comparableEntryName(name: string): string {
  return name
    .split(/[/\\]/)
    .map((part) => part.replace(/[. ]+$/, "") || part)
    .join("/")
    .toLowerCase();
}
