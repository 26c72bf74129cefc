import { didYouMean } from "../../errors/suggestion.ts";
import { contractNamespace } from "../contract-members.ts";
import type { ContractElement } from "./contract-document.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import type { LintPlace } from "./lint-finding.ts";

/** Members of one element by name; the first of each, also where F&O would skip it for standing late. */
export type Members = ReadonlyMap<string, ContractElement>;

/** What a judge of documents needs to say where something is. */
export interface DocumentContext {
  /** Name of the document in the zip. */
  readonly entry: string;
  /** Label of the entity the element belongs to. */
  readonly entity?: string | undefined;
  readonly log: FindingLog;
}

/** What is lost when F&O skips a member, where that is worse than an empty value. */
const losses: Readonly<Record<string, string>> = {
  EntityMapList: "the entity has no field map, and the import loads nothing without an error",
  PackageEntityList: "the package has no entities",
  EntityName: "the entity has no name",
  InputFilePath: "the entity has no data file",
  SourceFormat: "the entity has no source format",
  XMLField: "the map line has no column",
  EntityField: "the map line has no field",
  RunBusinessLogic: "business logic is off",
  RunBusinessValidation: "validation is off",
};

/**
 * Reads the members of an element as they are written, and names those that F&O's serializer would not read. `order`
 * lists the members the serializer knows, in its order: one that comes later than its slot is skipped by it, as are
 * unknown ones and those of another namespace.
 */
export function readMembers(
  element: ContractElement,
  order: readonly string[],
  context: DocumentContext,
): Members {
  const members = new Map<string, ContractElement>();
  let furthest = -1;
  for (const child of element.children) {
    const slot = child.namespace === contractNamespace ? order.indexOf(child.name) : -1;
    if (slot === -1) {
      addUnknown(child, order, context);
      continue;
    }
    if (members.has(child.name)) {
      context.log.add("DMFP-LINT-DOCUMENT-TWICE", memberPlace(child, context), () => ({
        message: `${child.name} stands there twice; F&O reads the first.`,
      }));
      continue;
    }
    members.set(child.name, child);
    if (slot < furthest) addLate(child, order[furthest] ?? "", context);
    else furthest = slot;
  }
  return members;
}

function addUnknown(child: ContractElement, order: readonly string[], context: DocumentContext): void {
  const { log } = context;
  const name = excerpt(child.name);
  log.add("DMFP-LINT-DOCUMENT-MEMBER", memberPlace(child, context), () => ({
    message:
      child.namespace === contractNamespace
        ? `F&O does not know ${name} and skips it.${didYouMean(child.name, order)}`
        : `${name} is not in the namespace of data packages, so F&O skips it.`,
  }));
}

function addLate(child: ContractElement, before: string, context: DocumentContext): void {
  context.log.add("DMFP-LINT-DOCUMENT-ORDER", memberPlace(child, context), () => {
    const loss = losses[child.name] ?? "it counts as empty";
    return {
      message: `${child.name} stands behind ${before}, so F&O ignores it: ${loss}.`,
      fix: `Move ${child.name} in front of ${before}: members stand in alphabetical order.`,
    };
  });
}

/** The text of a member; empty where it is missing or null. */
export function textOf(members: Members, name: string): string {
  return members.get(name)?.text ?? "";
}

/** A yes-or-no member; undefined where it is missing, false where it cannot be read (a finding says so). */
export function booleanOf(members: Members, name: string, context: DocumentContext): boolean | undefined {
  const element = members.get(name);
  if (element === undefined) return undefined;
  const text = element.text.trim();
  if (text === "true" || text === "1") return true;
  if (text !== "false" && text !== "0") {
    context.log.add("DMFP-LINT-DOCUMENT-BOOLEAN", memberPlace(element, context), () => {
      const meant = /^(yes|true)$/i.test(text) ? "true" : /^(no|false)$/i.test(text) ? "false" : undefined;
      const fix = meant === undefined ? {} : { fix: `Write ${meant}.` };
      return { message: `${element.name} is "${excerpt(text)}"; F&O reads true or false.`, ...fix };
    });
  }
  return false;
}

/** A number member; 0 where it is missing, as for F&O, or cannot be read (a finding says so). */
export function numberOf(members: Members, name: string, context: DocumentContext): number {
  const element = members.get(name);
  if (element === undefined) return 0;
  const text = element.text.trim();
  const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= -(2 ** 31) && value < 2 ** 31) return value;
  context.log.add("DMFP-LINT-DOCUMENT-NUMBER", memberPlace(element, context), () => ({
    message: `${element.name} is "${excerpt(text)}"; F&O reads a whole number.`,
  }));
  return 0;
}

/** The items of a list member; undefined where it is missing or null. Items of another name are findings. */
export function listOf(
  members: Members,
  list: { readonly name: string; readonly item: string },
  context: DocumentContext,
): readonly ContractElement[] | undefined {
  const element = members.get(list.name);
  if (element === undefined || element.nil) return undefined;
  const items: ContractElement[] = [];
  for (const child of element.children) {
    if (child.name === list.item && child.namespace === contractNamespace) items.push(child);
    else addUnknown(child, [list.item], context);
  }
  return items;
}

/** The place of a member. */
export function memberPlace(element: ContractElement, context: DocumentContext): LintPlace {
  return { entry: context.entry, entity: context.entity, field: element.name, ...element.at };
}
