import type { StepArguments } from "../step-arguments.ts";
import type { StepContext, StepDefinition, TargetField } from "../step-definition.ts";

/** What people and programs write for yes and no, in small letters. */
const yesWords = ["yes", "y", "true", "t", "1", "x", "ja", "j", "wahr"];
const noWords = ["no", "n", "false", "f", "0", "nein", "falsch"];

/**
 * F&O's NoYes. Without arguments, the usual words in English and German; with arguments, these mean Yes, and
 * everything else, an empty value as well, means No unless `no:` says what does.
 */
const yesNo: StepDefinition = {
  name: "yesNo",
  usage: 'yesNo("J", no: "N")',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(0, 40, ["no"]);
    const outcomes = ["Yes", "No"].map((value) => ({ value, at: args.at(0) }));
    const yes = new Set(args.positional.map((argument) => args.literal(args.all.indexOf(argument))));
    const no = new Set(args.all.flatMap(({ name }, index) => (name === "no" ? [args.literal(index)] : [])));
    if (yes.size === 0 && no.size > 0) throw args.errorAt(args.at(0), "Say as well what means Yes.");
    const both = [...yes].find((value) => no.has(value));
    if (both !== undefined) throw args.errorAt(args.at(0), `"${both}" cannot mean both Yes and No.`);
    if (yes.size > 0 && no.size === 0) {
      return { takesEmpty: true, outcomes, apply: (value) => (yes.has(value) ? "Yes" : "No") };
    }
    const usual = yes.size === 0;
    const yeses = usual ? new Set(yesWords) : yes;
    const noes = usual ? new Set(noWords) : no;
    const known = [...yeses, ...noes].map((word) => `"${word}"`).join(", ");
    return {
      outcomes,
      takesEmpty: noes.has("") || yeses.has(""),
      apply: (value, run) => {
        const word = usual ? value.trim().toLowerCase() : value;
        if (yeses.has(word)) return "Yes";
        if (noes.has(word)) return "No";
        run.reasons.push(
          context.problem("DMFP-MAP-VALUE", value, `which means neither Yes nor No. Known are ${known}.`),
        );
        return undefined;
      },
    };
  },
};

/** The member of the field's enum with this number, as AX 2012 and database extracts write enums. */
const enumByNumber: StepDefinition = {
  name: "enumByNumber",
  usage: "enumByNumber",
  takes: ["text", "integer"],
  gives: "text",
  compile: (args, context) => {
    args.demand(0, 0);
    const { members, field, numbers } = enumOf(args, context);
    // Numbers of an extensible enum may have gaps; without any known, members are numbered as they stand.
    const byNumber = new Map(members.map((member, index) => [numbers?.[index] ?? index, member]));
    const range = numbers === undefined ? `0 to ${members.length - 1}` : [...byNumber.keys()].join(", ");
    return {
      outcomes: members.map((value) => ({ value, at: args.at(0) })),
      apply: (value, run) => {
        const text = value.trim();
        const member = /^\d{1,9}$/.test(text) ? byNumber.get(Number(text)) : undefined;
        if (member !== undefined) return member;
        const why = `which is no number of a value of ${field.name}: ${range}.`;
        run.reasons.push(context.problem("DMFP-MAP-VALUE", value, why));
        return undefined;
      },
    };
  },
};

/**
 * The member of the field's enum with this name. Case, blanks, hyphens and the like do not matter, so that most
 * English labels (`On hold`) are found as well as symbols (`OnHold`).
 */
const enumByName: StepDefinition = {
  name: "enumByName",
  usage: "enumByName",
  takes: ["text"],
  gives: "text",
  compile: (args, context) => {
    args.demand(0, 0);
    const { members, field } = enumOf(args, context);
    const byName = new Map(members.map((member) => [plainName(member), member]));
    const list = members.slice(0, 12).join(", ") + (members.length > 12 ? ", …" : "");
    return {
      outcomes: members.map((value) => ({ value, at: args.at(0) })),
      apply: (value, run) => {
        const member = byName.get(plainName(value));
        if (member !== undefined) return member;
        run.reasons.push(
          context.problem("DMFP-MAP-VALUE", value, `which is no value of ${field.name}: ${list}.`),
        );
        return undefined;
      },
    };
  },
};

function enumOf(args: StepArguments, context: StepContext): TargetField {
  const { target } = context;
  if (target?.field.type === "enum" && target.members.length > 0) return target;
  const why =
    target === undefined
      ? "What is filled here is no field of the entity whose values are known"
      : target.field.type === "enum"
        ? `The values of ${target.field.name} are not known to the catalogue`
        : `${target.field.name} is no field with a fixed set of values, but of type ${target.field.type}`;
  throw args.errorAt(args.at(0), `${why}. Use map("a" -> B, …) instead.`);
}

function plainName(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Steps that give values of F&O's enums. */
export const enumSteps: readonly StepDefinition[] = [yesNo, enumByNumber, enumByName];
