import { definitionGroups } from "./definition-group-sets.ts";
import { executionStatuses, frameworkActions, type FrameworkAction } from "./framework-actions.ts";
import { namespace, typeText, type ODataNavigation, type ODataProperty, type ODataSet } from "./odata-set.ts";
import type { ODataSets } from "./odata-sets.ts";

/**
 * The document `/data/$metadata`: entity types with keys and ways to others, enums, the actions of data projects,
 * and the sets. Elements and attributes are those of the OData specification (CSDL 4.0); no real one of F&O is
 * public. Observed: it carries no lengths.
 */
export function csdlDocument(sets: ODataSets): string {
  const all = [...sets.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = [
    `<?xml version="1.0" encoding="utf-8"?>`,
    `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">`,
    `<edmx:DataServices>`,
    `<Schema Namespace="${namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">`,
    ...all.flatMap((set) => entityType(set, sets)),
    ...[...enumTypes(sets)].flatMap(([name, members]) => enumType(name, members)),
    ...frameworkActions.flatMap(action),
    `<EntityContainer Name="Resources">`,
    ...all.flatMap((set) => entitySet(set, sets)),
    `</EntityContainer>`,
    `</Schema>`,
    `</edmx:DataServices>`,
    `</edmx:Edmx>`,
  ];
  return lines.join("\n");
}

/** The enums of all sets by name, with their members in order of their numbers. */
export function enumTypes(sets: ODataSets): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>([["DMFExecutionSummaryStatus", executionStatuses]]);
  for (const set of sets.byName.values()) {
    for (const { type } of set.properties.values()) {
      if (type.kind !== "enum") continue;
      if ((found.get(type.name)?.length ?? -1) < type.members.length) found.set(type.name, type.members);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function entityType(set: ODataSet, sets: ODataSets): string[] {
  return [
    `<EntityType Name="${xml(set.typeName)}">`,
    `<Key>`,
    ...set.keys.map((key) => `<PropertyRef Name="${xml(key)}"/>`),
    `</Key>`,
    ...[...set.properties.values()].map((each) => propertyElement(each, set.keys.includes(each.name))),
    ...[...set.navigations.values()].flatMap((each) => navigationElement(each, sets)),
    `</EntityType>`,
  ];
}

/** Observed: only keys and what is not a text nor an enum cannot be null. */
function propertyElement({ name, type }: ODataProperty, key: boolean): string {
  const nullable = !key && ["string", "enum"].includes(type.kind) ? "" : ` Nullable="false"`;
  return `<Property Name="${xml(name)}" Type="${xml(typeText(type))}"${nullable}/>`;
}

function navigationElement(navigation: ODataNavigation, sets: ODataSets): string[] {
  const target = sets.byName.get(navigation.target);
  if (target === undefined) return [];
  const type = `${namespace}.${target.typeName}`;
  const { name, many, properties, targetProperties } = navigation;
  if (many) return [`<NavigationProperty Name="${xml(name)}" Type="Collection(${xml(type)})"/>`];
  const constraints = properties.map(
    (own, index) =>
      `<ReferentialConstraint Property="${xml(own)}" ReferencedProperty="${xml(targetProperties[index] ?? "")}"/>`,
  );
  return [
    `<NavigationProperty Name="${xml(name)}" Type="${xml(type)}">`,
    ...constraints,
    `</NavigationProperty>`,
  ];
}

function enumType(name: string, members: readonly string[]): string[] {
  return [
    `<EnumType Name="${xml(name)}">`,
    ...members.map((member, value) => `<Member Name="${xml(member)}" Value="${value}"/>`),
    `</EnumType>`,
  ];
}

function action({ name, parameters, returns }: FrameworkAction): string[] {
  const bound = `Collection(${namespace}.${definitionGroups.typeName})`;
  return [
    `<Action Name="${name}" IsBound="true">`,
    `<Parameter Name="${definitionGroups.typeName}" Type="${bound}"/>`,
    ...parameters.map(([parameter, type]) => `<Parameter Name="${parameter}" Type="${type}"/>`),
    ...(returns === undefined ? [] : [`<ReturnType Type="${returns}"/>`]),
    `</Action>`,
  ];
}

function entitySet(set: ODataSet, sets: ODataSets): string[] {
  return [
    `<EntitySet Name="${xml(set.name)}" EntityType="${namespace}.${xml(set.typeName)}">`,
    ...[...set.navigations.values()]
      .filter(({ target }) => sets.byName.has(target))
      .map(({ name, target }) => `<NavigationPropertyBinding Path="${xml(name)}" Target="${xml(target)}"/>`),
    `</EntitySet>`,
  ];
}

/** Names come from the catalogue and from a team's own set-up file. */
function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
