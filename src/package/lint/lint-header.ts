import { headerMembers, headerRoot } from "../contract-members.ts";
import { memberPlace, numberOf, readMembers, textOf } from "./contract-check.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import { readDocument } from "./read-document.ts";

const manifestType =
  "Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest";

/** Judges PackageHeader.xml; returns its PackageVersion, or undefined where it cannot be read. */
export function lintHeader(bytes: Buffer, entry: string, log: FindingLog): number | undefined {
  const root = readDocument(bytes, { entry, root: headerRoot }, log);
  if (root === undefined) return undefined;
  const context = { entry, log };
  const members = readMembers(root, headerMembers, context);
  const expect = (name: string, wanted: string, rule: Parameters<FindingLog["add"]>[0]): void => {
    const found = textOf(members, name).trim();
    if (found === wanted) return;
    log.add(rule, memberPlace(members.get(name) ?? root, context), () => ({
      message:
        found === ""
          ? `${name} is missing; F&O writes ${wanted}.`
          : `${name} is "${excerpt(found)}"; F&O writes ${wanted}.`,
    }));
  };
  expect("ManifestType", manifestType, "DMFP-LINT-HEADER-MANIFEST-TYPE");
  expect("PackageType", "DefinitionGroup", "DMFP-LINT-HEADER-PACKAGE-TYPE");
  const version = numberOf(members, "PackageVersion", context);
  if (version !== 1 && version !== 2 && !log.has("DMFP-LINT-DOCUMENT-NUMBER", entry)) {
    log.add("DMFP-LINT-HEADER-VERSION", memberPlace(members.get("PackageVersion") ?? root, context), () => ({
      message: members.has("PackageVersion")
        ? `PackageVersion is ${version}; exports have 1 or 2.`
        : "PackageVersion is missing and counts as 0; exports have 1 or 2.",
    }));
  }
  return version;
}
