import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { Sandbox } from "../src/sandbox/start-sandbox.ts";

/** The packages of a load whose stages are to overlap. */
export interface OverlapLoad {
  readonly packages: number;
  /** Whether each package is of an entity of its own; else all are of one. */
  readonly entities: "one" | "as many as packages";
  /** Records of a package. */
  readonly records: number;
  /** Records before each package that a filter leaves out: they take time to read, and nothing afterwards. */
  readonly leftOut: number;
}

/** What a sandbox has to be set up with to know the entities; they depend on nothing. */
export function overlapSetup(load: OverlapLoad): Readonly<Record<string, unknown>> {
  const fields = ["CODE", "NAME"].map((name) => ({ name, odataName: name }));
  const entities = entityNumbers(load).map((number) => ({
    label: label(number),
    ...names(number),
    keys: ["CODE"],
    fields,
  }));
  return { entities };
}

/** Writes the project; all entities read the same file. */
export async function writeOverlapProject(root: string, load: OverlapLoad, sandbox: Sandbox): Promise<void> {
  const numbers = entityNumbers(load);
  const files = numbers.map((number) => `own-${number}.yaml`);
  const schemas = numbers.map((number): [string, object] => [
    label(number),
    {
      ...names(number),
      scope: "company",
      keys: ["CODE"],
      fields: { CODE: { type: "string", size: 20 }, NAME: { type: "string", size: 60 } },
    },
  ]);
  await mkdir(path.join(root, "mappings"), { recursive: true });
  const write = (name: string, content: unknown): Promise<void> =>
    writeFile(path.join(root, "mappings", name), stringify(content));
  await write("schema-overrides.yaml", { entities: Object.fromEntries(schemas) });
  await write("project.yaml", {
    project: "overlap",
    entities: files,
    environments: {
      uat: {
        url: sandbox.url,
        tenant: sandbox.tenant,
        writes: ["USMF"],
        auth: { kind: "client-secret", clientId: "x", clientSecret: "${FNO_SECRET}" },
      },
    },
    defaults: { environment: "uat" },
    packages: { records: load.records },
  });
  for (const number of numbers) {
    await write(`own-${number}.yaml`, {
      entity: label(number),
      source: { file: "rows.csv", delimiter: ";" },
      legalEntity: "USMF",
      where: 'KEEP == "Y"',
      fields: { CODE: "CODE", NAME: "NAME" },
    });
  }
  await writeFile(path.join(root, "rows.csv"), rowsOf(load));
}

function rowsOf({ entities, packages, records, leftOut }: OverlapLoad): string {
  const lines = ["KEEP;CODE;NAME"];
  const series = entities === "one" ? packages : 1;
  for (let part = 0; part < series; part++) {
    if (leftOut > 0) lines.push("N;X;Left out\n".repeat(leftOut).trimEnd());
    for (let row = 0; row < records; row++) lines.push(`Y;C${part}-${row};Kept ${row}`);
  }
  return `${lines.join("\n")}\n`;
}

function entityNumbers({ entities, packages }: OverlapLoad): readonly number[] {
  return Array.from({ length: entities === "one" ? 1 : packages }, (_, index) => index + 1);
}

function label(number: number): string {
  return `Own ${String(number).padStart(3, "0")}`;
}

function names(number: number): { readonly aotName: string; readonly odataCollection: string } {
  return { aotName: `Own${number}Entity`, odataCollection: `Owns${number}` };
}
