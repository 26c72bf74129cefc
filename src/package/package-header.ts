import { contractDocument } from "./contract-xml.ts";

/** 1: as exported in 2017. 2: as exported today; its manifest has the members Disable, QueryFilter and so on. */
export type PackageVersion = 1 | 2;

export interface PackageHeaderOptions {
  /** The data project's description; cut to what F&O takes. */
  readonly description: string;
  readonly packageVersion: PackageVersion;
}

/**
 * Greatest length of a data project's description, in UTF-16 code units (observed by users who create data
 * projects through OData).
 */
export const maxDescriptionLength = 60;

/**
 * A data project's description as F&O takes it: at most 60 characters, without control characters, cut
 * between characters, not inside one.
 */
export function projectDescription(text: string): string {
  const clean = text.replace(/\p{Cc}+/gu, " ").trim();
  let cut = "";
  for (const character of clean) {
    if (cut.length + character.length > maxDescriptionLength) break;
    cut += character;
  }
  return cut;
}

/**
 * PackageHeader.xml as F&O writes it. ManifestType and PackageType have had these values in every exported
 * package that was seen.
 */
export function packageHeader(options: PackageHeaderOptions): Buffer {
  return contractDocument({
    name: "DataManagementPackageHeader",
    members: {
      Description: projectDescription(options.description),
      ManifestType:
        "Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest",
      PackageType: "DefinitionGroup",
      PackageVersion: options.packageVersion,
    },
  });
}
