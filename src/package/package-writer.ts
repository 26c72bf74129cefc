import path from "node:path";
import { Readable } from "node:stream";
import { ZipArchive } from "archiver";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { EntityFile, entityFileChunkBytes } from "./entity-file.ts";
import { dataFileName } from "./file-name.ts";
import { manifest } from "./manifest.ts";
import { packageHeader, type PackageVersion } from "./package-header.ts";
import { PartialFile, type PublishedFile } from "./partial-file.ts";
import { csvValueFormats } from "./value-format.ts";

export interface PackageOptions {
  /** Folder the package is written to; it is created where it is missing. */
  readonly folder: string;
  /** File name of the zip. */
  readonly fileName: string;
  /** Name of the data project in F&O. */
  readonly project: string;
  /** Description of the data project; cut to 60 characters. */
  readonly description: string;
  readonly schema: EntitySchema;
  /** Target fields, upper case; the columns of the data file. */
  readonly fields: readonly string[];
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
}

/** A package that was written, whole and durable. */
export interface BuiltPackage extends PublishedFile {
  readonly records: number;
}

/** Version 2 is what F&O itself exports today. */
const packageVersion: PackageVersion = 2;

/** Source data format of the data file, by the name every environment has for it. */
const sourceFormat = "CSV-Unicode";

/**
 * Level 3 by measurement: on UTF-16 text it is nearly as fast as level 1 and clearly smaller, while level 6
 * takes twice the time for a tenth less. The chunk size is zlib's output buffer; its default of 16 KiB costs
 * about a quarter of the speed.
 */
const deflate = { level: 3, chunkSize: 256 * 1024 };

/**
 * The same for every entry of every package, so that the same records give the same bytes: no clock, no user,
 * no umask. The date is the earliest a zip can hold; archiver writes UTC, so no time zone changes it.
 */
const entryAttributes = { date: new Date(Date.UTC(1980, 0, 1)), mode: 0o644 };

/**
 * Writes one package of one entity and one legal entity: a flat zip of the data file, Manifest.xml and
 * PackageHeader.xml, in the order of F&O's own exports.
 *
 * Streaming: records go in one by one and only some chunks of the data file are in memory at any time, however
 * slow the disk is. The file has its name only once it is complete (see partial-file.ts).
 */
export class PackageWriter {
  readonly #file: PartialFile;
  readonly #data: EntityFile;
  readonly #width: number;
  readonly #rows: Readable;
  readonly #archive: ZipArchive;
  /** Settles when the zip is written or writing it failed; it never rejects (see #failure). */
  readonly #written: Promise<void>;
  #failure: DmfpipeError | undefined;
  /** There while a caller waits for room. */
  #room: PromiseWithResolvers<undefined> | undefined;
  #records = 0;
  #dataBytes = 0;

  private constructor(file: PartialFile, options: PackageOptions) {
    this.#file = file;
    this.#data = new EntityFile(options.fields, csvValueFormats(options.schema, options.fields));
    this.#width = options.fields.length;
    this.#rows = new Readable({
      highWaterMark: 2 * entityFileChunkBytes,
      read: () => {
        this.#room?.resolve(undefined);
      },
    });
    this.#archive = archiveOf(this.#rows, options);
    this.#written = file.consume(this.#archive).catch((thrown: unknown) => {
      this.#failure = asDmfpipeError(thrown);
      this.#rows.destroy();
      this.#room?.resolve(undefined);
    });
  }

  /** Begins a package. Throws DMFP-FILE-WRITE when its file cannot be created. */
  static async open(options: PackageOptions): Promise<PackageWriter> {
    return new PackageWriter(await PartialFile.open(path.join(options.folder, options.fileName)), options);
  }

  /** Records written so far. */
  get records(): number {
    return this.#records;
  }

  /** Size so far of the data file before compression, up to the last chunk handed on. */
  get dataSizeBytes(): number {
    return this.#dataBytes;
  }

  /**
   * Adds one record: its values in canonical form, aligned with the fields. Returns a promise only when the
   * caller is to wait (back-pressure); it rejects with DMFP-FILE-WRITE when the package can no longer be written.
   */
  write(values: readonly string[]): Promise<void> | undefined {
    if (values.length !== this.#width) {
      throw new DmfpipeError(
        "DMFP-BUG",
        `A record has ${values.length} values for the ${this.#width} fields of its package.`,
      );
    }
    this.#records += 1;
    const chunk = this.#data.add(values);
    return chunk === undefined || this.#handOn(chunk) ? undefined : this.#waitForRoom();
  }

  /**
   * Finishes the package and makes it durable under its name. Throws DMFP-FILE-WRITE; the `.partial` file is then
   * still there until `abort`. A package without records is written too, but F&O refuses one whose data file
   * has only a header: `abort` it instead.
   */
  async close(): Promise<BuiltPackage> {
    this.#handOn(this.#data.take());
    if (!this.#rows.destroyed) this.#rows.push(null);
    await this.#written;
    this.#throwFailure();
    return { ...(await this.#file.publish()), records: this.#records };
  }

  /** Gives the package up and removes its `.partial` file. Safe after a failure and after `close`. */
  async abort(): Promise<void> {
    this.#rows.destroy();
    this.#archive.destroy();
    await this.#written;
    await this.#file.discard();
  }

  /** Whether there is room for more. */
  #handOn(chunk: Buffer): boolean {
    this.#dataBytes += chunk.length;
    return !this.#rows.destroyed && this.#rows.push(chunk);
  }

  async #waitForRoom(): Promise<void> {
    if (!this.#rows.destroyed) {
      this.#room ??= Promise.withResolvers<undefined>();
      await this.#room.promise;
      this.#room = undefined;
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function archiveOf(rows: Readable, options: PackageOptions): ZipArchive {
  const { project, description, schema, fields, executionUnit, level, sequence } = options;
  const fileName = dataFileName(schema.label, ".csv");
  const { label, aotName } = schema;
  const entity = { label, aotName, fileName, sourceFormat, executionUnit, level, sequence, fields };
  const archive = new ZipArchive({ zlib: deflate });
  archive.append(rows, { ...entryAttributes, name: fileName });
  archive.append(manifest({ project, description, packageVersion, entities: [entity] }), {
    ...entryAttributes,
    name: "Manifest.xml",
  });
  archive.append(packageHeader({ description, packageVersion }), {
    ...entryAttributes,
    name: "PackageHeader.xml",
  });
  // What goes wrong in the archive reaches the one who reads it; this promise says nothing more.
  archive.finalize().catch(() => undefined);
  return archive;
}
