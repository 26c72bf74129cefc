import { randomUUID } from "node:crypto";
import { ActionRefused } from "./action-refused.ts";
import type { CompositeEntity } from "./composite-entity.ts";
import { planComposite } from "./composite-plan.ts";
import { inspectDelimited } from "./delimited-file.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { planImport, type ImportPlan } from "./import-plan.ts";
import { checkPackageHeader, readManifest, type ManifestEntity } from "./manifest.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import type { UnpackedPackage } from "./unpacked-package.ts";

/** What a package says is to be imported, resolved against the environment. */
export interface PackagePlan {
  readonly description: string;
  readonly plans: readonly ImportPlan[];
  /** Set when the plans are those of the members of a composite entity. */
  readonly composite: CompositeEntity | undefined;
}

export interface PackagePlanOptions {
  readonly unpacked: UnpackedPackage;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  /** Called as soon as it is known whether the package has a composite entity; may refuse. */
  readonly checkProject: (composite: CompositeEntity | undefined) => void;
}

/** Reads header and manifest and looks at the data files. Throws ActionRefused for whatever refuses the package. */
export async function planPackage(options: PackagePlanOptions): Promise<PackagePlan> {
  const { unpacked, setup, settings } = options;
  checkPackageHeader(await unpacked.readXml("PackageHeader.xml"));
  const manifest = readManifest(await unpacked.readXml("Manifest.xml"));
  const entries = manifest.entities.filter(({ disable }) => !disable);
  const composite = findComposite(entries, setup);
  options.checkProject(composite);
  const findFile = (name: string): string | undefined => unpacked.find(name);
  const plans =
    composite === undefined
      ? planImport(manifest, setup, settings)
      : await planComposite({ composite, entries, setup, settings, findFile });
  await refuseWrongFiles(plans, findFile, settings);
  return { description: manifest.description ?? "", plans, composite };
}

/** The composite entity of a package; no source knows how else a manifest could say that it has one. */
function findComposite(
  entries: readonly ManifestEntity[],
  setup: EnvironmentSetup,
): CompositeEntity | undefined {
  for (const { entityName } of entries) {
    const composite = setup.composite(entityName ?? "");
    if (composite !== undefined) return composite;
  }
  return undefined;
}

/** Line ends are looked at while the mapping is built: LF alone refuses the import, with a field id that is random. */
async function refuseWrongFiles(
  plans: readonly ImportPlan[],
  findFile: (name: string) => string | undefined,
  settings: SandboxSettings,
): Promise<void> {
  for (const { run, columns, format, entity } of plans) {
    if (columns === null) continue;
    const file = findFile(run.file);
    if (file === undefined) {
      // A flight switches this check off; the entity then fails in staging.
      if (!settings.inputFileCheck) continue;
      throw new ActionRefused(`The file '${run.file}' of entity ${entity.label} is not in the package.`);
    }
    if (format.kind !== "delimited") continue;
    const { lineEnd, encodingFits } = await inspectDelimited(file, format);
    if (encodingFits && lineEnd === "lf") {
      const field = randomUUID().toUpperCase();
      throw new ActionRefused(`the mapping is incorrect for entity ${entity.label} and field {${field}}`);
    }
  }
}
