import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import type { LoadOptions, RunResult } from "../../src/load/load-options.ts";
import { runOffline } from "../../src/load/run-load.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { readProject, type Project } from "../../src/project/project.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { folderWith } from "../project/temporary-project.ts";

/* A project of sales orders with their lines, as a composite entity. */

export const headers = "Sales order headers V2";
export const lines = "Sales order lines V2";
export const composite = "Sales orders composite V4";

export const headersMapping = `entity: ${headers}
source: { file: data/orders.csv }
legalEntity: COMPANY
fields:
  SALESORDERNUMBER: NO
  ORDERINGCUSTOMERACCOUNTNUMBER: CUSTOMER
  INVOICECUSTOMERACCOUNTNUMBER: CUSTOMER
  REQUESTEDSHIPPINGDATE: DAY
`;

export const linesMapping = `entity: ${lines}
source: { file: data/lines.csv }
legalEntity: COMPANY
fields:
  INVENTORYLOTID: LOT
  SALESORDERNUMBER: NO
  ITEMNUMBER: ITEM
  REQUESTEDSHIPPINGDATE: DAY
  ORDEREDSALESQUANTITY: QTY
`;

export const plainComposites = `composites:
  - entity: ${composite}
    parts:
      - ${headers}
      - ${lines}
`;

/** Rows as `NO CUSTOMER`, in USMF unless a third word says otherwise. */
export function orders(...rows: readonly string[]): string {
  const texts = rows.map((row) => {
    const [number = "", customer = "", company = "USMF"] = row.split(" ");
    return `${company},${number},${customer},2026-11-23\n`;
  });
  return `COMPANY,NO,CUSTOMER,DAY\n${texts.join("")}`;
}

/** Rows as `LOT NO QTY`, in USMF unless a fourth word says otherwise. */
export function orderLines(...rows: readonly string[]): string {
  const texts = rows.map((row) => {
    const [lot = "", number = "", quantity = "", company = "USMF"] = row.split(" ");
    return `${company},${lot},${number},1000,2026-11-23,${quantity}\n`;
  });
  return `COMPANY,LOT,NO,ITEM,DAY,QTY\n${texts.join("")}`;
}

/** The files of the project; `settings`: what project.yaml says beside entities and environments. */
export function orderFiles(
  data: { readonly orders: string; readonly lines: string },
  settings = plainComposites,
): Record<string, string> {
  return {
    "mappings/project.yaml": `project: small\nentities: [lines.yaml, orders.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n${settings}`,
    "mappings/orders.yaml": headersMapping,
    "mappings/lines.yaml": linesMapping,
    "data/orders.csv": data.orders,
    "data/lines.csv": data.lines,
  };
}

export function projectWith(files: Readonly<Record<string, string>>): Project {
  return readProject("mappings/project.yaml", folderWith(files));
}

export function optionsOf(project: Project, events: LoadEvent[] = []): LoadOptions {
  const definition = project.environments["sandbox"];
  if (definition === undefined) throw new Error("no environment");
  return {
    project,
    environmentName: "sandbox",
    definition,
    catalogue: EntityCatalogue.builtIn(),
    clock: systemClock,
    version: "0.1.0",
    listener: (event) => events.push(event),
  };
}

export interface BuiltOrders {
  readonly project: Project;
  readonly result: RunResult;
  readonly rejections: readonly Rejection[];
}

export async function buildOrders(
  files: Readonly<Record<string, string>>,
  command: "build" | "check" = "build",
): Promise<BuiltOrders> {
  const project = projectWith(files);
  const result = await runOffline(optionsOf(project), command);
  const rejections = await Array.fromAsync(readRejections(result.folder.rejectionsFile));
  return { project, result, rejections };
}
