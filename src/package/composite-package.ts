import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { CompositeFile, type CompositeElement, type XmlFormatName } from "./composite-file.ts";
import { fieldMap, type FieldMapping } from "./field-map.ts";
import { dataFileName } from "./file-name.ts";
import { manifest, type EntitySettings, type ManifestEntity } from "./manifest.ts";
import { packageHeader } from "./package-header.ts";
import type { PackageSettings } from "./package-writer.ts";
import type { PublishedFile } from "./partial-file.ts";
import { ZipWriter } from "./zip-writer.ts";

/** Place of an entity in the data project. */
export interface ProjectPlace {
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
}

/** An entity of a composite entity: its records in the file, and what the manifest says of it. */
export interface CompositePackagePart {
  readonly element: CompositeElement;
  readonly entity: Omit<ManifestEntity, "fileName" | "sourceFormat">;
}

export interface CompositePackageOptions extends PackageSettings, ProjectPlace, EntitySettings {
  /** DMF label of the composite entity. */
  readonly label: string;
  /** Its AOT name; null where it is not known. */
  readonly aotName: string | null;
  readonly format: XmlFormatName;
  readonly manifest: "entry-per-entity" | "one-entry";
  /** The entity of the documents first, each before those nested in it. */
  readonly parts: readonly CompositePackagePart[];
}

/** A package of a composite entity that was written, whole and durable. */
export interface BuiltCompositePackage extends PublishedFile {
  /** Name of the data file in the zip. */
  readonly dataFile: string;
  /** Records of each part, in their order. */
  readonly records: readonly number[];
}

/**
 * Writes a package that holds one composite entity and nothing else, as F&O demands (Microsoft's documentation of the
 * package API). The zip appears under its name only when it is complete.
 */
export class CompositePackageWriter {
  readonly #options: CompositePackageOptions;
  readonly #zip: ZipWriter;
  readonly #file: CompositeFile;
  readonly #dataFile: string;
  readonly #records: number[];
  #dataBytes = 0;

  private constructor(options: CompositePackageOptions, zip: ZipWriter) {
    this.#options = options;
    this.#zip = zip;
    const elements = options.parts.map(({ element }) => element);
    this.#file = new CompositeFile(elements, options.format);
    this.#dataFile = dataFileName(options.label, ".xml");
    this.#records = options.parts.map(() => 0);
  }

  /** Begins a package and its data file. Throws DMFP-FILE-WRITE, and DMFP-MAPPING-FIELD for a name XML cannot have. */
  static async open(options: CompositePackageOptions): Promise<CompositePackageWriter> {
    const zip = await ZipWriter.open(path.join(options.folder, options.fileName));
    try {
      const writer = new CompositePackageWriter(options, zip);
      zip.beginEntry(writer.#dataFile);
      return writer;
    } catch (thrown) {
      await zip.abort();
      throw thrown;
    }
  }

  /** Records written so far, of all parts. */
  get records(): number {
    return this.#records.reduce((sum, records) => sum + records, 0);
  }

  /** Size so far of the data file before compression, up to the last chunk handed on. */
  get dataSizeBytes(): number {
    return this.#dataBytes;
  }

  /** Begins a record of the part with this index, inside the record that was begun last. */
  begin(part: number, values: readonly string[]): void {
    const { columns = [] } = this.#options.parts[part]?.element ?? {};
    if (values.length !== columns.length) {
      throw new DmfpipeError(
        "DMFP-BUG",
        `A record has ${values.length} values for the ${columns.length} fields of its package.`,
      );
    }
    this.#records[part] = (this.#records[part] ?? 0) + 1;
    this.#file.begin(part, values);
  }

  /**
   * Ends the record that was begun last. Returns a promise only when the caller is to wait; it rejects with
   * DMFP-FILE-WRITE when the package can no longer be written.
   */
  end(): Promise<void> | undefined {
    const chunk = this.#file.end();
    return chunk === undefined ? undefined : this.#handOn(chunk);
  }

  /** Finishes the package, reads it back and makes it durable under its name. Throws DMFP-FILE-WRITE. */
  async close(): Promise<BuiltCompositePackage> {
    const { project, description, packageVersion = 2, projectCategory = 0, verify = true } = this.#options;
    await this.#handOn(this.#file.finish());
    await this.#zip.endEntry();
    const entities = this.#described();
    await this.#zip.addBytes(
      "Manifest.xml",
      manifest({ project, description, packageVersion, projectCategory, entities }),
    );
    await this.#zip.addBytes("PackageHeader.xml", packageHeader({ description, packageVersion }));
    const file = await this.#zip.close({ verify });
    return { ...file, dataFile: this.#dataFile, records: this.#records };
  }

  /** Gives the package up and removes its `.partial` file. Safe after a failure and after `close`. */
  async abort(): Promise<void> {
    await this.#zip.abort();
  }

  /**
   * No manifest of a composite entity is public. Two shapes are plausible: one entry for the composite entity, with the
   * field map of its documents; or that entry without a map, and one for each entity in it with its own (assumption:
   * the OData rows of data projects have columns for the XML name and the parent of an entity).
   */
  #described(): ManifestEntity[] {
    const { label, aotName, format: sourceFormat, parts, executionUnit, level, sequence } = this.#options;
    const { runBusinessLogic, runBusinessValidation } = this.#options;
    const flags = {
      ...(runBusinessLogic === undefined ? {} : { runBusinessLogic }),
      ...(runBusinessValidation === undefined ? {} : { runBusinessValidation }),
    };
    const fileName = this.#dataFile;
    const single = this.#options.manifest === "one-entry";
    const own: ManifestEntity = {
      ...{ label, aotName, fileName, sourceFormat, executionUnit, level, sequence, ...flags },
      fields: single ? upperCased(parts[0]?.entity.fields ?? []) : [],
    };
    if (single) return [own];
    return [
      own,
      ...parts.map(({ entity }) => ({
        ...{ ...entity, ...flags, fileName, sourceFormat },
        fields: upperCased(entity.fields),
      })),
    ];
  }

  #handOn(chunk: Buffer): Promise<void> | undefined {
    this.#dataBytes += chunk.length;
    return this.#zip.write(chunk);
  }
}

function upperCased(fields: readonly FieldMapping[]): FieldMapping[] {
  return fields.map((mapping) => {
    const map = fieldMap(mapping);
    return { ...map, field: map.field.toUpperCase(), column: map.column.toUpperCase() };
  });
}
