import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import type { ODataClient, ODataResult } from "./odata-client.ts";

/** F&O leaves out what it does not know, or says null. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const flag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || (typeof value === "string" && /^(yes|true)$/i.test(value)));

const dataEntity = z.object({
  Name: z.string(),
  PublicEntityName: text,
  PublicCollectionName: text,
  LabelId: text,
  DataManagementEnabled: flag,
  IsReadOnly: flag,
});

const managedEntity = z.object({
  EntityName: z.string(),
  TargetName: text,
  StagingTableName: text,
  IsShared: flag,
});

const property = z.object({
  Name: z.string(),
  TypeName: text,
  DataType: text,
  IsKey: flag,
  IsMandatory: flag,
  ConfigurationEnabled: z.boolean().nullish(),
  AllowEdit: z.boolean().nullish(),
  AllowEditOnCreate: z.boolean().nullish(),
});

const publicEntity = z.object({
  Name: z.string(),
  EntitySetName: text,
  IsReadOnly: flag,
  Properties: z.array(property),
});

const enumeration = z.object({
  Name: z.string(),
  Members: z.array(z.object({ Name: z.string(), Value: z.number().int() })),
});

const targetField = z.object({
  StagingField: z.string(),
  FieldLength: z.coerce.number().catch(0),
  IsRequired: flag,
  IsSystem: flag,
});

/** One row of /metadata/DataEntities: what the application calls an entity and whether it is public. */
export type DataEntity = Readonly<z.infer<typeof dataEntity>>;

/** One row of DataManagementEntities: what data management calls an entity (EntityName, its label). */
export type ManagedEntity = Readonly<z.infer<typeof managedEntity>>;

/** One of /metadata/PublicEntities, with its properties. */
export type PublicEntity = Readonly<z.infer<typeof publicEntity>>;

/** One property of a public entity. */
export type PublicProperty = Readonly<z.infer<typeof property>>;

/** One field of an entity's staging table. FieldLength 0: no length, or none that is told. */
export type TargetField = Readonly<z.infer<typeof targetField>>;

/**
 * What an environment says about its entities. Endpoints and members as public clients read them; nobody documents
 * them. A method that gives `undefined` says: the environment does not have that, or not for this user's language.
 *
 * All throw what ODataClient throws, and DMFP-HTTP-REFUSED and DMFP-HTTP-ANSWER for a list that does not come.
 */
export class EntityMetadata {
  readonly #odata: ODataClient;
  readonly #base: string;
  readonly #environment: string;

  /** `base`: the environment's address, without slash at its end. */
  constructor(odata: ODataClient, options: { readonly base: string; readonly environment: string }) {
    this.#odata = odata;
    this.#base = options.base;
    this.#environment = options.environment;
  }

  /** All data entities, public or not. */
  async dataEntities(): Promise<readonly DataEntity[]> {
    const purpose = "Reading the list of entities";
    const rows: DataEntity[] = [];
    const pages = this.#pages({ service: "metadata", path: "DataEntities", purpose, row: dataEntity });
    for await (const page of pages) rows.push(...page);
    return rows;
  }

  /** All entities of data management, with the labels that packages name them by. */
  async managedEntities(): Promise<readonly ManagedEntity[]> {
    const columns = Object.keys(managedEntity.shape).join(",");
    const rows: ManagedEntity[] = [];
    const pages = this.#pages({
      service: "data",
      path: `DataManagementEntities?$select=${columns}&cross-company=true`,
      purpose: "Reading the entities of data management",
      row: managedEntity,
    });
    for await (const page of pages) rows.push(...page);
    return rows;
  }

  /** A public entity by its public name (`VendorV2`). */
  async publicEntity(name: string): Promise<PublicEntity | undefined> {
    const path = `PublicEntities(${quoted(name)})`;
    return await this.#one({ path, purpose: `Reading the fields of ${name}`, shape: publicEntity });
  }

  /** Number by member of an enumeration. */
  async enumeration(name: string): Promise<ReadonlyMap<string, number> | undefined> {
    const path = `PublicEnumerations(${quoted(name)})`;
    const found = await this.#one({ path, purpose: `Reading the values of ${name}`, shape: enumeration });
    return found && new Map(found.Members.map(({ Name, Value }) => [Name, Value]));
  }

  /** The text behind a label id (`@SYS1`) in a language such as `en-us`. */
  async label(id: string, language: string): Promise<string | undefined> {
    const path = `Labels(Id=${quoted(id)},Language=${quoted(language)})`;
    const shape = z.object({ Value: text });
    return (await this.#one({ path, purpose: `Reading the label ${id}`, shape }))?.Value;
  }

  /** The fields of an entity's staging table, by DMF label: the only place where lengths are told. */
  async targetFields(label: string): Promise<readonly TargetField[]> {
    const columns = Object.keys(targetField.shape).join(",");
    const filter = encodeURIComponent(`Entity eq '${label.replaceAll("'", "''")}'`);
    const rows: TargetField[] = [];
    const pages = this.#pages({
      service: "data",
      path: `DataManagementTargetMapEntities?$filter=${filter}&$select=${columns}&cross-company=true`,
      purpose: `Reading the field lengths of ${label}`,
      row: targetField,
    });
    for await (const page of pages) rows.push(...page);
    return rows;
  }

  /**
   * Version of the application, such as 10.0.47; undefined where the environment does not tell it. Source: public
   * clients call this action of DataManagementEntities, and take its failure lightly.
   */
  async applicationVersion(): Promise<string | undefined> {
    try {
      const result = await this.#odata.call({
        method: "POST",
        path: "DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion",
        body: {},
        purpose: "Asking for the version of the application",
        effect: "repeatable",
      });
      const parsed = result.ok ? z.object({ value: z.string().min(1) }).safeParse(result.body) : undefined;
      return parsed?.data?.value;
    } catch (thrown) {
      // A role that may read entities but not call actions: the version is not worth the pull.
      if (!(thrown instanceof DmfpipeError) || thrown.entry.exitCode !== ExitCode.refused) throw thrown;
      return undefined;
    }
  }

  async #one<T>(options: {
    readonly path: string;
    readonly purpose: string;
    readonly shape: z.ZodType<T>;
  }): Promise<T | undefined> {
    const { path, purpose, shape } = options;
    const result = await this.#odata.call({
      ...{ method: "GET", service: "metadata", path, purpose },
      effect: "repeatable",
    });
    if (!result.ok && result.refusal.status === 404) return undefined;
    return this.#understood(result, shape, purpose);
  }

  async *#pages<T>(options: {
    readonly service: "data" | "metadata";
    readonly path: string;
    readonly purpose: string;
    readonly row: z.ZodType<T>;
  }): AsyncGenerator<readonly T[]> {
    const { service, purpose, row } = options;
    const shape = z.object({ value: z.array(row), "@odata.nextLink": z.string().optional() });
    let path: string | undefined = options.path;
    while (path !== undefined) {
      const result = await this.#odata.call({
        ...{ method: "GET", service, path, purpose },
        effect: "repeatable",
        timeoutMs: 10 * 60_000,
      });
      const page: z.infer<typeof shape> = this.#understood(result, shape, purpose);
      yield page.value;
      path = this.#nextPath(page["@odata.nextLink"], service);
    }
  }

  #understood<T>(result: ODataResult, shape: z.ZodType<T>, purpose: string): T {
    const at = { environment: this.#environment };
    if (!result.ok) {
      throw new DmfpipeError("DMFP-HTTP-REFUSED", `${purpose}: ${result.refusal.message}`, { at });
    }
    const parsed = shape.safeParse(result.body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
    throw new DmfpipeError("DMFP-HTTP-ANSWER", `${purpose}: the answer has not the known shape${where}.`, {
      at,
    });
  }

  /** The link is followed only within the service: the token must not go elsewhere. */
  #nextPath(link: string | undefined, service: "data" | "metadata"): string | undefined {
    if (link === undefined) return undefined;
    const prefix = `${this.#base}/${service}/`;
    if (link.startsWith(prefix)) return link.slice(prefix.length);
    throw new DmfpipeError("DMFP-HTTP-ANSWER", `The environment links to a page elsewhere: ${link}`, {
      at: { environment: this.#environment },
    });
  }
}

/** A text as a constant of OData, in an address. */
function quoted(name: string): string {
  return `'${encodeURIComponent(name.replaceAll("'", "''"))}'`;
}
