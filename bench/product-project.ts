import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { writeRows } from "./vendor-project.ts";

const productMapping = `entity: Products V2
source: { file: products.csv, delimiter: ";", encoding: utf-8 }
legalEntity: USMF
fields:
  PRODUCTNUMBER: PRODUCT
  PRODUCTTYPE: TYPE
  PRODUCTSUBTYPE: constant("Product")
`;

const releasedMapping = `entity: Released products V2
source: { file: released.csv, delimiter: ";", encoding: utf-8 }
legalEntity: USMF
fields:
  ITEMNUMBER: ITEM
  PRODUCTNUMBER: PRODUCT
`;

/** One product in so many is refused, and so is its release; one release in so many stands there twice. */
const oneIn = 10_000;

/**
 * Writes a project with so many products, each released once: twice as many different keys, and a reference for each
 * release. Returns how many records `check` has to refuse.
 */
export async function writeProductProject(folder: string, products: number): Promise<number> {
  const mappings = path.join(folder, "mappings");
  await mkdir(mappings, { recursive: true });
  await writeFile(path.join(mappings, "products.yaml"), productMapping);
  await writeFile(path.join(mappings, "released.yaml"), releasedMapping);
  await writeFile(
    path.join(mappings, "project.yaml"),
    "project: bench\nentities: [released.yaml, products.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n" +
      "defaults: { environment: sandbox }\n",
  );
  await writeRows(path.join(folder, "products.csv"), "PRODUCT;TYPE\n", products, (number) =>
    number % oneIn === 0 ? `P${padded(number)};Thing\n` : `P${padded(number)};Item\n`,
  );
  await writeRows(path.join(folder, "released.csv"), "ITEM;PRODUCT\n", products, (number) => {
    const row = `I${padded(number)};P${padded(number)}\n`;
    return number % oneIn === oneIn / 2 ? row + row : row;
  });
  return 2 * Math.floor(products / oneIn) + Math.floor((products + oneIn / 2) / oneIn);
}

function padded(number: number): string {
  return String(number).padStart(9, "0");
}
