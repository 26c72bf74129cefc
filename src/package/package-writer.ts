import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { csvUnicode } from "./delimited-format.ts";
import type { DelimitedRows } from "./delimited-rows.ts";
import type { EntityFileFormat } from "./entity-file-format.ts";
import { EntityFile } from "./entity-file.ts";
import { fieldMap, fileColumns, type FieldMapping } from "./field-map.ts";
import { dataFileName, resourceName } from "./file-name.ts";
import { manifest, type EntitySettings, type ManifestEntity } from "./manifest.ts";
import { packageHeader, type PackageVersion } from "./package-header.ts";
import type { PublishedFile } from "./partial-file.ts";
import type { PickedRows } from "./picked-rows.ts";
import { comparableEntryName } from "./zip-entry-name.ts";
import { ZipWriter } from "./zip-writer.ts";

/** What a package says of itself. */
export interface PackageSettings {
  /** Folder the package is written to; it is created where it is missing. */
  readonly folder: string;
  /** File name of the zip. */
  readonly fileName: string;
  /** Name of the data project in F&O. */
  readonly project: string;
  /** Description of the data project; cut to 60 characters. */
  readonly description: string;
  /** Default 2: what F&O itself exports today. */
  readonly packageVersion?: PackageVersion;
  /** 0: a data project (default), 1: a configuration project. */
  readonly projectCategory?: number;
  /**
   * Whether the zip is read back before the package is called built. Default true. Measured: a fiftieth of the time
   * that a build takes (bench/whole-job.ts).
   */
  readonly verify?: boolean;
}

/** One entity of a package. */
export interface PackageEntity extends EntitySettings {
  readonly schema: EntitySchema;
  /** Target fields; those with a column make the columns of the data file, in this order and in upper case. */
  readonly fields: readonly FieldMapping[];
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
  /** Default: CSV-Unicode. */
  readonly format?: EntityFileFormat;
}

/** A package with its first, mostly its only, entity. */
export interface PackageOptions extends PackageSettings, PackageEntity {}

/** What a package holds of one entity. */
export interface BuiltEntityFile {
  /** DMF label. */
  readonly label: string;
  /** Name of the data file in the zip. */
  readonly dataFile: string;
  readonly records: number;
  /** Of the data file before compression. */
  readonly dataSizeBytes: number;
  /** Files under Resources. */
  readonly attachments: number;
}

/** A package that was written, whole and durable. */
export interface BuiltPackage extends PublishedFile {
  /** Of all its entities. */
  readonly records: number;
  readonly entities: readonly BuiltEntityFile[];
}

type CurrentEntity = { -readonly [Member in keyof BuiltEntityFile]: BuiltEntityFile[Member] } & {
  readonly data: EntityFile;
  readonly columns: number;
  finished: boolean;
};

/**
 * Writes one DMF package as a stream: for each entity its data file and its attachments, then Manifest.xml, then
 * PackageHeader.xml, the order of F&O's own exports. It begins with its first entity; `nextEntity` ends the data file
 * of one and begins another. The zip appears under its name only when it is complete.
 */
export class PackageWriter {
  readonly #settings: PackageSettings;
  readonly #zip: ZipWriter;
  readonly #entities: CurrentEntity[] = [];
  readonly #described: ManifestEntity[] = [];
  readonly #names = new Map<string, string>([
    ["manifest.xml", "Manifest.xml"],
    ["packageheader.xml", "PackageHeader.xml"],
  ]);
  #records = 0;
  #dataBytes = 0;

  private constructor(settings: PackageSettings, zip: ZipWriter) {
    this.#settings = settings;
    this.#zip = zip;
  }

  /**
   * Begins a package and the data file of its first entity. Throws DMFP-FILE-WRITE when its file cannot be created,
   * and what `nextEntity` throws.
   */
  static async open(options: PackageOptions): Promise<PackageWriter> {
    const writer = new PackageWriter(
      options,
      await ZipWriter.open(path.join(options.folder, options.fileName)),
    );
    try {
      writer.#begin(options);
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
    return writer;
  }

  /** Records written so far, of all entities. */
  get records(): number {
    return this.#records;
  }

  /** Size so far of the data files before compression, up to the last chunk handed on. */
  get dataSizeBytes(): number {
    return this.#dataBytes;
  }

  /**
   * Ends the data file of the entity before and begins that of the next. Throws DMFP-PROJECT-INVALID when the package
   * has that entity already (a data project holds an entity once) or a data file of that name, DMFP-MAPPING-FIELD for
   * a name the format cannot write, and DMFP-FILE-WRITE.
   */
  async nextEntity(entity: PackageEntity): Promise<void> {
    await this.#finishData();
    this.#begin(entity);
  }

  /**
   * Adds one record of the current entity: its values in canonical form, aligned with the fields that have a column.
   * Returns a promise only when the caller is to wait (back-pressure); it rejects with DMFP-FILE-WRITE when the
   * package can no longer be written.
   */
  write(values: readonly string[]): Promise<void> | undefined {
    const current = this.#current();
    if (values.length !== current.columns) {
      throw new DmfpipeError(
        "DMFP-BUG",
        `A record has ${values.length} values for the ${current.columns} fields of its package.`,
      );
    }
    this.#count(current, 1);
    const chunk = current.data.add(values);
    return chunk === undefined ? undefined : this.#handOn(current, chunk);
  }

  /** How many of these rows go into the current entity's data file before `dataSizeBytes` changes; see EntityFile. */
  fitting(rows: DelimitedRows, picked: PickedRows): number {
    return this.#current().data.fitting(rows, picked);
  }

  /** Adds records that were made rows of the current entity's data file, no more than are fitting. As `write`. */
  writeRows(rows: DelimitedRows, picked: PickedRows): Promise<void> | undefined {
    const current = this.#current();
    this.#count(current, picked.count);
    const chunk = current.data.addRows(rows, picked);
    return chunk === undefined ? undefined : this.#handOn(current, chunk);
  }

  /**
   * Adds a file to the attachments of the current entity, under `Resources/<entity>/<name>` with both names cleaned as
   * those of data files are; ends its data file. Through the package API F&O takes attachments only with the flight
   * EnableAttachmentForPackageApi (Microsoft's documentation of data packages). Returns the name in the zip, which is
   * what the record refers to with its last part.
   *
   * Throws DMFP-SOURCE-MISSING when the file cannot be read, DMFP-PROJECT-INVALID for a name that is taken, and
   * DMFP-FILE-WRITE. After an error the package can only be aborted.
   */
  async attach(attachment: { readonly path: string; readonly name?: string }): Promise<string> {
    const current = this.#current();
    await this.#finishData();
    const name = resourceName(current.label, attachment.name ?? path.basename(attachment.path));
    this.#takeName(name);
    await this.#zip.addFile(name, attachment.path);
    current.attachments += 1;
    return name;
  }

  /**
   * Finishes the package, reads it back and makes it durable under its name. Throws DMFP-FILE-WRITE; the `.partial`
   * file is then still there until `abort`. A package without records is written too, but F&O refuses one whose data
   * file has only a header: `abort` it instead.
   */
  async close(): Promise<BuiltPackage> {
    const { project, description, packageVersion = 2, projectCategory = 0, verify = true } = this.#settings;
    await this.#finishData();
    const entities = this.#described;
    await this.#zip.addBytes(
      "Manifest.xml",
      manifest({ project, description, packageVersion, projectCategory, entities }),
    );
    await this.#zip.addBytes("PackageHeader.xml", packageHeader({ description, packageVersion }));
    const file = await this.#zip.close({ verify });
    return {
      ...file,
      records: this.#records,
      entities: this.#entities.map(({ label, dataFile, records, dataSizeBytes, attachments }) => {
        return { label, dataFile, records, dataSizeBytes, attachments };
      }),
    };
  }

  /** Gives the package up and removes its `.partial` file. Safe after a failure and after `close`. */
  async abort(): Promise<void> {
    await this.#zip.abort();
  }

  #begin(entity: PackageEntity): void {
    const { schema, format = csvUnicode, ...settings } = entity;
    const { label, aotName } = schema;
    if (this.#entities.some((other) => other.label === label)) {
      throw new DmfpipeError("DMFP-PROJECT-INVALID", `A package cannot have the entity ${label} twice.`, {
        next: "Put the second part into a package of its own: a data project holds an entity once.",
      });
    }
    const fields = settings.fields.map((mapping) => {
      const map = fieldMap(mapping);
      return { ...map, field: map.field.toUpperCase(), column: map.column.toUpperCase() };
    });
    const columns = fileColumns(fields);
    const data = new EntityFile(format, schema, columns);
    const dataFile = dataFileName(label, format.extension);
    this.#takeName(dataFile);
    const { sourceFormat } = format;
    this.#described.push({ ...settings, label, aotName, fileName: dataFile, sourceFormat, fields });
    const counts = { records: 0, dataSizeBytes: 0, attachments: 0 };
    this.#entities.push({ label, dataFile, data, columns: columns.length, finished: false, ...counts });
    this.#zip.beginEntry(dataFile);
  }

  async #finishData(): Promise<void> {
    const current = this.#current();
    if (current.finished) return;
    current.finished = true;
    const handedOn = this.#handOn(current, current.data.end());
    current.data.close();
    await handedOn;
    await this.#zip.endEntry();
  }

  #count(current: CurrentEntity, records: number): void {
    if (current.finished) {
      throw new DmfpipeError("DMFP-BUG", "A record after the attachments of its entity.");
    }
    this.#records += records;
    current.records += records;
  }

  #handOn(current: CurrentEntity, chunk: Buffer): Promise<void> | undefined {
    current.dataSizeBytes += chunk.length;
    this.#dataBytes += chunk.length;
    return this.#zip.write(chunk);
  }

  #current(): CurrentEntity {
    const current = this.#entities.at(-1);
    if (current === undefined) throw new DmfpipeError("DMFP-BUG", "The package has no entity.");
    return current;
  }

  /** Names that Windows takes for one would overwrite each other where F&O unpacks them. */
  #takeName(name: string): void {
    const comparable = comparableEntryName(name);
    const other = this.#names.get(comparable);
    if (other !== undefined) {
      throw new DmfpipeError(
        "DMFP-PROJECT-INVALID",
        `${name} and ${other} would be one file in the package.`,
        { next: "Put one of them into a package of its own, or give it another name." },
      );
    }
    this.#names.set(comparable, name);
  }
}
