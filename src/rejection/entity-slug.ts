/**
 * A DMF label as part of a file name: lower case letters, digits and hyphens only (`Vendors V2` →
 * `vendors-v2`), so that no label can lead out of its folder or need quoting in a shell.
 */
export function entitySlug(entity: string): string {
  const slug = entity
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "entity" : slug;
}
