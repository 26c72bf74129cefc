import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { applyPulled } from "../../entity/apply-pulled.ts";
import { EntityCatalogue } from "../../entity/catalogue.ts";
import {
  pulledSchemaPath,
  PulledSchema,
  type PulledEntity,
  type PulledEnum,
  type PullHead,
} from "../../entity/pulled-schema.ts";
import { pulledBodyOf, pulledBodyText, pulledHeadText } from "../../entity/pulled-schema-text.ts";
import { schemaChanges, type SchemaChange } from "../../entity/schema-difference.ts";
import { withoutUndefined } from "../../entity/without-undefined.ts";
import type { EntityMetadata } from "../../environment/entity-metadata.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { PartialFile } from "../../package/partial-file.ts";
import { EntityDirectory } from "./entity-directory.ts";
import type { SendingOptions } from "../load-options.ts";
import { withEnvironment } from "../with-environment.ts";
import { pullEntity, type PulledParts } from "./pull-entity.ts";
import { wantedEntities } from "./wanted-entities.ts";

/** Entities read side by side: their answers are in memory together. */
const besideEachOther = 4;

export interface PullOptions extends SendingOptions {
  /** DMF labels to pull; empty for those the project has to do with and those it pulled before. */
  readonly labels: readonly string[];
  /** Every public entity of data management as well. */
  readonly all: boolean;
  /** Language of labels, such as `en-us`. */
  readonly language: string;
}

/** What became of one entity. */
export interface EntityPull {
  /** DMF label. */
  readonly entity: string;
  /** `unknown`: the environment has no entity of that label. */
  readonly outcome: "pulled" | "unknown";
  readonly public?: boolean;
  readonly fields?: number;
  /** Fields whose length the environment told. */
  readonly sizes?: number;
  readonly enums?: number;
  /** What was missing, or why it is unknown, in words for people. */
  readonly notes: readonly string[];
}

export interface PullResult extends PullHead {
  /** The file of schemas, relative to the project's root. */
  readonly file: string;
  /** False where nothing changed: the file is then left as it was, its time as well. */
  readonly written: boolean;
  readonly entities: readonly EntityPull[];
  /** Against what the project had before: the earlier pull, or else the catalogue that comes with dmfpipe. */
  readonly changes: readonly SchemaChange[];
}

/**
 * Fetches entity schemas from an environment into mappings/schema.json, entity by entity: only the text of a few is in
 * memory. Entities that were pulled before and are not asked for stay as they are. The new file takes the place of the
 * old one once it is whole. Nothing is changed in the environment.
 *
 * Throws DMFP-USAGE (single entities on top of the pull of another environment), DMFP-ENTITY-UNKNOWN (a label that was
 * asked for), DMFP-SCHEMA-INVALID, DMFP-FILE-WRITE, and what the environment throws.
 */
export async function pullSchema(
  options: PullOptions,
  onPull: (pull: EntityPull) => void,
): Promise<PullResult> {
  const { project, environmentName, clock } = options;
  const earlier = PulledSchema.ofProject(project.root);
  demandSameEnvironment(options, earlier);
  return withEnvironment(options, async (environment) => {
    const directory = await EntityDirectory.read(environment.metadata);
    const head = withoutUndefined({
      environment: environmentName,
      pulledAt: new Date(clock.now()).toISOString(),
      application: await environment.metadata.applicationVersion(),
    });
    const pull = new SchemaPull({ ...options, metadata: environment.metadata, directory, earlier, onPull });
    return await pull.run(head);
  });
}

/** Entities of two environments in one file would be a schema that nobody has. */
function demandSameEnvironment(options: PullOptions, earlier: PulledSchema | undefined): void {
  const { labels, environmentName } = options;
  if (labels.length === 0 || earlier === undefined || earlier.head.environment === environmentName) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `mappings/schema.json comes from the environment ${earlier.head.environment}; entities of ${environmentName} cannot be added to it.`,
    { next: `Pull all of it anew: dmfpipe schema pull --env ${environmentName}` },
  );
}

interface PullContext extends PullOptions {
  readonly metadata: EntityMetadata;
  readonly directory: EntityDirectory;
  readonly earlier: PulledSchema | undefined;
  readonly onPull: (pull: EntityPull) => void;
}

/** One pull under way. */
class SchemaPull {
  readonly #context: PullContext;
  readonly #builtIn = EntityCatalogue.builtIn();
  readonly #before: EntityCatalogue;
  readonly #members = new Map<string, Promise<PulledEnum | undefined>>();
  readonly #enums = new Map<string, PulledEnum>();
  readonly #pulls: EntityPull[] = [];
  readonly #changes: SchemaChange[] = [];

  constructor(context: PullContext) {
    this.#context = context;
    this.#before = EntityCatalogue.layered({ pulled: context.earlier });
  }

  async run(head: PullHead): Promise<PullResult> {
    const { project } = this.#context;
    const target = pulledSchemaPath(project.root);
    const file = await PartialFile.open(target);
    const content = createHash("sha256");
    let written: boolean;
    try {
      await file.write(pulledHeadText(head));
      for await (const text of pulledBodyText(this.#entities(), () => this.#enums)) {
        content.update(text);
        await file.write(text);
      }
      written = this.#headChanged(head) || content.digest("hex") !== bodyHash(target);
      if (written) {
        await file.publish();
        // Files of a run are their owner's; this one is part of the project, like the mappings beside it.
        await chmod(target, 0o644);
      } else await file.discard();
    } catch (thrown) {
      await file.discard();
      throw thrown;
    }
    const shown = path.relative(project.root, target);
    return { ...head, file: shown, written, entities: this.#pulls, changes: this.#changes };
  }

  /** The time of a pull alone is no reason to write: version control would show a change where there is none. */
  #headChanged(head: PullHead): boolean {
    const before = this.#context.earlier?.head;
    return before?.environment !== head.environment || before.application !== head.application;
  }

  /** The entities of the new file in order of their labels: pulled now, or as they were pulled before. */
  async *#entities(): AsyncGenerator<readonly [label: string, entity: PulledEntity]> {
    const { earlier, labels } = this.#context;
    const wanted = this.#wanted();
    const kept = labels.length === 0 ? [] : (earlier?.labels() ?? []).filter((label) => !wanted.has(label));
    const all = [...wanted, ...kept].sort();
    for (let start = 0; start < all.length; start += besideEachOther) {
      const some = all.slice(start, start + besideEachOther);
      const read = await Promise.all(
        some.map(async (label) => [label, wanted.has(label) ? await this.#pull(label) : undefined] as const),
      );
      for (const [label, parts] of read) {
        const entity = wanted.has(label) ? await this.#take(label, parts) : this.#keep(label);
        if (entity !== undefined) yield [label, entity];
      }
    }
  }

  #wanted(): ReadonlySet<string> {
    const { all, labels, project, directory, earlier } = this.#context;
    if (labels.length > 0) {
      for (const label of labels) demandListed(label, directory, this.#context.environmentName);
      return new Set(labels);
    }
    const needed = [...wantedEntities(project, this.#before), ...(earlier?.labels() ?? [])];
    return new Set(all ? [...needed, ...directory.publicLabels()] : needed);
  }

  async #pull(label: string): Promise<PulledParts | undefined> {
    const { metadata, directory } = this.#context;
    const listed = directory.find(label);
    if (listed === undefined) return undefined;
    return await pullEntity(metadata, listed, {
      known: this.#builtIn.find(label),
      enumOf: (name) => this.#membersOf(name),
    });
  }

  /** Each enum is asked for once, however many fields use it. */
  #membersOf(name: string): Promise<PulledEnum | undefined> {
    let members = this.#members.get(name);
    if (members === undefined) {
      members = this.#context.metadata
        .enumeration(name)
        .then((found) => found && Object.fromEntries([...found].sort(([, a], [, b]) => a - b)));
      this.#members.set(name, members);
    }
    return members;
  }

  /** Counts and compares what was read of an entity. */
  async #take(label: string, parts: PulledParts | undefined): Promise<PulledEntity | undefined> {
    const { directory, metadata, language, onPull } = this.#context;
    const known = this.#builtIn.find(label);
    if (parts === undefined) {
      const why = await directory.whyUnknown(label, { known, metadata, language });
      this.#changes.push(...(this.#context.earlier?.entity(label) === undefined ? [] : this.#gone(label)));
      this.#note({ entity: label, outcome: "unknown", notes: [why] }, onPull);
      return undefined;
    }
    const { entity, enums, isPublic, sizes, notes } = parts;
    for (const [name, members] of enums) this.#enums.set(name, members);
    const after = applyPulled(label, entity, { known, enumOf: (name) => enums.get(name) });
    this.#changes.push(...schemaChanges(label, this.#before.find(label), after));
    const counts = { public: isPublic, fields: Object.keys(entity.fields).length, sizes, enums: enums.size };
    this.#note({ entity: label, outcome: "pulled", ...counts, notes }, onPull);
    return entity;
  }

  #gone(label: string): SchemaChange[] {
    return schemaChanges(label, this.#before.find(label), undefined);
  }

  #keep(label: string): PulledEntity | undefined {
    const { earlier } = this.#context;
    const entity = earlier?.entity(label);
    for (const { enum: name } of Object.values(entity?.fields ?? {})) {
      const members = name === undefined || this.#enums.has(name) ? undefined : earlier?.enumOf(name);
      if (name !== undefined && members !== undefined) this.#enums.set(name, members);
    }
    return entity;
  }

  #note(pull: EntityPull, onPull: (pull: EntityPull) => void): void {
    this.#pulls.push(pull);
    onPull(pull);
  }
}

function demandListed(label: string, directory: EntityDirectory, environment: string): void {
  if (directory.find(label) !== undefined) return;
  throw new DmfpipeError(
    "DMFP-ENTITY-UNKNOWN",
    `The environment has no entity ${label}.${didYouMean(label, directory.labels())}`,
    { at: { environment } },
  );
}

/** Hash of the body of the file there is; empty where there is none. */
function bodyHash(file: string): string {
  if (!existsSync(file)) return "";
  return createHash("sha256")
    .update(pulledBodyOf(readFileSync(file, "utf8")))
    .digest("hex");
}
