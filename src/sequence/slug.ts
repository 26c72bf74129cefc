/**
 * A name (DMF label, company) as part of a file name: lower-case letters, digits and hyphens only (`Vendors V2` →
 * `vendors-v2`), so that no name can lead out of its folder or need quoting in a shell.
 */
export function slug(text: string, whenEmpty: string): string {
  const letters = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return letters === "" ? whenEmpty : letters;
}
