import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { reasonRegistry } from "../errors/registry.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { Located } from "./located.ts";
import type { YamlFile } from "./yaml-file.ts";

const pattern = z.string().min(1);
const patterns = z.union([pattern, z.array(pattern).min(1)], {
  error: "a text, or a list of texts between brackets",
});

const stewardShape = z.strictObject({
  owner: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^\P{C}*$/u, "printable characters only")
    .describe("Whose rejections these are: a person or a team. Several rules may name the same owner."),
  name: z.string().min(1).optional().describe("Full name, as it is to be shown."),
  email: z
    .string()
    .regex(/^[^\s@<>]+@[^\s@<>]+$/, "an e-mail address")
    .optional()
    .describe("Where the owner's pack is to be sent. dmfpipe shows it and sends nothing."),
  match: z
    .strictObject({
      entity: patterns.optional().describe("DMF label."),
      legalEntity: patterns.optional().describe("Company code."),
      field: patterns.optional().describe("Target field, or the source column where no field is known."),
      code: patterns.optional().describe("Code of the reason, such as DMFP-MAP-LOOKUP or DMFP-FNO-*."),
      stage: patterns.optional().describe("source, mapping, validation, staging or target."),
    })
    .refine((match) => Object.keys(match).length > 0, "needs entity, legalEntity, field, code or stage")
    .optional()
    .describe(
      "All that is given has to fit; * stands for any text, ? for one character. Absent: everything.",
    ),
});

/** The `stewards` part of project.yaml: who looks after which rejections. */
export const stewardsShape = z
  .array(stewardShape)
  .max(200)
  .default([])
  .describe("Who looks after which rejections; the first rule that fits a record has it.");

const aspects = ["entity", "legalEntity", "field", "code", "stage"] as const;

/** What a rule can look at. */
type Aspect = (typeof aspects)[number];

/** A text in which `*` stands for any text and `?` for one character; case does not count. */
export interface StewardPattern extends Located<string> {
  readonly fits: (text: string) => boolean;
}

/** One rule: whom a rejection belongs to that fits all of its patterns; of each aspect, one has to fit. */
export interface StewardRule {
  readonly owner: string;
  readonly match: Readonly<Partial<Record<Aspect, readonly StewardPattern[]>>>;
}

/** Somebody who looks after rejections. */
export interface Steward {
  readonly owner: string;
  readonly name?: string;
  readonly email?: string;
}

/** Who looks after which rejections of a project. */
export interface Stewardship {
  /** project.yaml, as people know it. */
  readonly file: string;
  /** In the order in which they are tried; empty where the project names no owners. */
  readonly rules: readonly StewardRule[];
  /** Each owner once, in the order in which the rules name them; `unassigned` is not among them. */
  readonly stewards: readonly Steward[];
}

/** The owner of what no rule fits. */
export const unassigned = "Unassigned";

/** What `ownerOf` looks at: every rejection has it. */
export interface Owned {
  readonly entity: string;
  readonly legalEntity?: string;
  readonly stage: string;
  readonly reasons: readonly { readonly code: string; readonly field?: string }[];
}

/**
 * Whose a rejection is: the owner of the first rule that fits, else `unassigned`. A rule fits when each of its aspects
 * does; field and code have to be of one and the same reason, of which a record may have several. Pure.
 */
export function ownerOf(rejection: Owned, { rules }: Pick<Stewardship, "rules">): string {
  return rules.find((rule) => fitsRule(rejection, rule))?.owner ?? unassigned;
}

function fitsRule({ entity, legalEntity = "", stage, reasons }: Owned, { match }: StewardRule): boolean {
  if (!fitsOne(match.entity, entity) || !fitsOne(match.legalEntity, legalEntity)) return false;
  if (!fitsOne(match.stage, stage)) return false;
  if (match.field === undefined && match.code === undefined) return true;
  return reasons.some(({ code, field }) => fitsOne(match.code, code) && fitsField(match.field, field));
}

function fitsOne(wanted: readonly StewardPattern[] | undefined, text: string): boolean {
  return wanted === undefined || wanted.some(({ fits }) => fits(text));
}

/** A reason may be about several fields: `COMPANY, ACCOUNT`. */
function fitsField(wanted: readonly StewardPattern[] | undefined, field: string | undefined): boolean {
  if (wanted === undefined) return true;
  return field !== undefined && field.split(", ").some((one) => fitsOne(wanted, one));
}

/**
 * The stewards of project.yaml. Throws DMFP-PROJECT-INVALID, with the place, for a code or a stage that nothing fits,
 * a rule behind the one that takes everything, an owner who has two names or addresses, and a pattern with too many
 * stars. Entities are checked against the catalogue, which this room does not know: see `demandKnownEntities`.
 */
export function stewardsOf(
  yaml: YamlFile<{ readonly stewards: z.infer<typeof stewardsShape> }>,
): Stewardship {
  const rules: StewardRule[] = [];
  const stewards = new Map<string, Steward>();
  for (const [index, written] of yaml.data.stewards.entries()) {
    const { owner, name, email, match = {} } = written;
    const at = { file: yaml.name, ...yaml.position("stewards", index) };
    const last = rules.at(-1);
    if (last !== undefined && Object.keys(last.match).length === 0) {
      throw new DmfpipeError(
        "DMFP-PROJECT-INVALID",
        `${yaml.name}: the rule before this one, of ${last.owner}, has no match: it takes everything, and this one of ${owner} nothing.`,
        { at, next: "Put the rule without match last." },
      );
    }
    addSteward(stewards, { owner, name, email }, at);
    const located = Object.fromEntries(
      aspects.flatMap((aspect) => {
        const value = match[aspect];
        if (value === undefined) return [];
        const path = ["stewards", index, "match", aspect] as const;
        const texts =
          typeof value === "string"
            ? [yaml.text(...path)]
            : value.map((_, position) => yaml.text(...path, position));
        return [[aspect, texts.map((text) => compiled(text, yaml.name))]];
      }),
    ) as StewardRule["match"];
    demandFitting(located.code, { what: "code", known: Object.keys(reasonRegistry), file: yaml.name });
    demandFitting(located.stage, { what: "stage", known: stages, file: yaml.name });
    rules.push({ owner, match: located });
  }
  return { file: yaml.name, rules, stewards: [...stewards.values()] };
}

const stages = ["source", "mapping", "validation", "staging", "target"];

/**
 * Every pattern of an entity that no entity fits, as DMFP-PROJECT-INVALID with its place.
 *
 * @param labels all there are: of the catalogue and of the project's mappings
 */
export function demandKnownEntities({ rules, file }: Stewardship, labels: readonly string[]): void {
  for (const { match } of rules) demandFitting(match.entity, { what: "entity", known: labels, file });
}

function demandFitting(
  wanted: readonly StewardPattern[] | undefined,
  options: { readonly what: string; readonly known: readonly string[]; readonly file: string },
): void {
  const { what, known, file } = options;
  for (const { value, fits, line, column } of wanted ?? []) {
    if (known.some(fits)) continue;
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `${file}: stewards: no ${what} fits ${value}.${didYouMean(value, known)}`,
      { at: { file, line, column } },
    );
  }
}

function addSteward(
  stewards: Map<string, Steward>,
  written: { readonly owner: string; readonly name: string | undefined; readonly email: string | undefined },
  at: { readonly file: string; readonly line: number; readonly column: number },
): void {
  const { owner, name, email } = written;
  const known = stewards.get(owner);
  const differs = (old: string | undefined, now: string | undefined): boolean =>
    old !== undefined && now !== undefined && old !== now;
  if (differs(known?.name, name) || differs(known?.email, email)) {
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `${at.file}: the owner ${owner} was given another name or e-mail address in an earlier rule.`,
      { at, next: "Give name and e-mail address once, or call the two owners differently." },
    );
  }
  stewards.set(owner, {
    ...(known ?? { owner }),
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
  });
}

function compiled(text: Located<string>, file: string): StewardPattern {
  const { value, line, column } = text;
  // Each star doubles the ways in which a text can fit; nobody needs more.
  if (value.split("*").length > 6) {
    throw new DmfpipeError("DMFP-PROJECT-INVALID", `${file}: stewards: ${value} has more than five stars.`, {
      at: { file, line, column },
    });
  }
  const source = value
    .replaceAll(/\*+/g, "*")
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const regex = new RegExp(`^${source}$`, "isu");
  return { value, line, column, fits: (candidate) => regex.test(candidate) };
}
