import type { Row } from "exceljs";
import { reasonRegistry } from "../../errors/registry.ts";
import { scrub } from "../../errors/redaction.ts";
import { formatCount, formatNoun, formatTime } from "../report/number-words.ts";
import { destinationOf, stagedAndNot, stagedWords, type Destination } from "../report/flow.ts";
import { stageLabels } from "../report/stage-words.ts";
import type { RejectionStage, UnattributedMessage } from "../rejection.ts";
import type { EntitySummary, RunSummary } from "../summary.ts";
import { greatestNotedRecords, textCell } from "./entity-sheet.ts";
import { summarySheetName, type EntityCount, type SheetPlan } from "./workbook-census.ts";
import type { CellValue, SheetRows, WorkbookFile } from "./workbook-file.ts";

/** Messages that fit no record and are listed; the rest is counted. */
export const greatestUnattributed = 500;

const stages: readonly RejectionStage[] = ["source", "mapping", "validation", "staging", "target"];
const numberFormat = "#,##0";
// That of all other cells: a font without a name is another in every program.
const usualFont = { name: "Calibri", family: 2, size: 11 };
const heading = { font: { ...usualFont, bold: true, size: 12, color: { argb: "FF1F4E79" } } };
const tableHead = {
  font: { ...usualFont, bold: true },
  fill: { type: "pattern", pattern: "solid", fgColor: { argb: "FFE3ECF5" } },
  border: { bottom: { style: "thin", color: { argb: "FF1F4E79" } } },
  alignment: { vertical: "middle", wrapText: true },
} as const;
const numberHead = { ...tableHead, alignment: { ...tableHead.alignment, horizontal: "right" } } as const;
/** Behind a number, so that the two do not touch. */
const textBehind = { horizontal: "left", indent: 1 } as const;
const behindHead = { ...tableHead, alignment: { ...tableHead.alignment, ...textBehind } } as const;
const wrong = { font: { ...usualFont, bold: true, color: { argb: "FF8C1D18" } }, alignment: textBehind };
const link = { font: { ...usualFont, underline: true, color: { argb: "FF0B57D0" } } };
const bold = { font: { ...usualFont, bold: true } };
const texts: ReadonlySet<string> = new Set(["Entity", "Company", "Sheet", "Code", "", "Record", "Message"]);
const behindNumbers: ReadonlySet<string> = new Set(["What it means", "Adds up"]);

export interface SummaryFacts {
  readonly title: string;
  readonly notice?: string;
  readonly summary: RunSummary;
  readonly sheets: readonly SheetPlan[];
  readonly entities: readonly EntityCount[];
  readonly unattributed: { readonly first: readonly UnattributedMessage[]; readonly total: number };
}

/**
 * Writes the first sheet: what the run was, the two equations of every entity, the rejected records by entity, stage
 * and reason, links to the other sheets, and everything these sheets do not show as it is. Throws DMFP-FILE-WRITE.
 */
export async function writeSummarySheet(workbook: WorkbookFile, facts: SummaryFacts): Promise<void> {
  const columns = [{ width: 34 }, { width: 24 }, ...Array.from({ length: 12 }, () => ({ width: 16 }))];
  const layout = { name: summarySheetName, columns, frozenRows: 0, landscape: true };
  await workbook.sheet(layout, async (rows) => {
    const sheet = new SummarySheet(rows, facts);
    await sheet.write();
  });
}

class SummarySheet {
  readonly #rows: SheetRows;
  readonly #facts: SummaryFacts;

  constructor(rows: SheetRows, facts: SummaryFacts) {
    this.#rows = rows;
    this.#facts = facts;
  }

  async write(): Promise<void> {
    const { title, notice, summary } = this.#facts;
    await this.#rows.add([textCell(title)], (row) => {
      row.getCell(1).style = { font: { ...usualFont, bold: true, size: 16 } };
    });
    if (notice !== undefined) await this.#rows.add([textCell(notice)], dressed(wrong));
    const { project, environment, command, run, status, startedAt, finishedAt } = summary;
    for (const [name, value] of [
      ["Run", run],
      ["Project", project],
      ["Environment", environment],
      ["Command", command],
      ["Ended", status],
      ["Started", formatTime(startedAt)],
      ["Finished", formatTime(finishedAt)],
      ["Rejected records", formatCount(summary.rejections.total)],
    ] as const) {
      await this.#rows.add([name, textCell(value)], dressed(bold));
    }
    await this.#sheets();
    await this.#notes();
    await this.#equations();
    await this.#byStage();
    await this.#byCode();
    await this.#messages();
  }

  async #sheets(): Promise<void> {
    await this.#section("Sheets", ["Entity", "Sheet", "Records"]);
    for (const { entity, names, records } of this.#facts.sheets) {
      for (const [index, name] of names.entries()) {
        const cell = { text: name, hyperlink: `#'${name.replaceAll("'", "''")}'!A1` };
        await this.#table([textCell(entity), cell, index === 0 ? records : null], (row) => {
          row.getCell(2).style = link;
        });
      }
    }
  }

  /** What the sheets do not show as it is. */
  async #notes(): Promise<void> {
    const { sheets, unattributed } = this.#facts;
    const shortened = sheets.reduce((sum, sheet) => sum + sheet.shortened, 0);
    const notes = [
      "Rejected cells are filled red. The columns that begin with an underscore are dmfpipe's: leave _source_file and _source_line as they are.",
      ...sheets
        .filter(({ names }) => names.length > 1)
        .map(
          ({ entity, names, records }) =>
            `${entity} has ${formatCount(records)} records, more than Excel has rows: they go on in ${names.slice(1).join(", ")}.`,
        ),
      ...(sheets.some(({ records }) => records > greatestNotedRecords)
        ? [
            `Of each sheet the first ${formatCount(greatestNotedRecords)} records have their reasons as notes at the cells, too; all have them in _reject_message.`,
          ]
        : []),
      ...(shortened === 0
        ? []
        : [
            `${formatNoun(shortened, "value")} longer than a cell of Excel may be (32,767 characters) end with "… (shortened)"; the CSV files have them whole.`,
          ]),
      ...(unattributed.total > greatestUnattributed
        ? [
            `Of ${formatCount(unattributed.total)} messages that fit no record the first ${greatestUnattributed} are listed below.`,
          ]
        : []),
    ];
    await this.#section("Good to know", []);
    for (const note of notes) await this.#rows.add([textCell(note)]);
  }

  async #equations(): Promise<void> {
    const { entities } = this.#facts.summary;
    if (entities.length === 0) return;
    await this.#section("Every record is accounted for", []);
    await this.#rows.add(["read = left out + rejected before sending + packaged"]);
    const destination = destinationOf(this.#facts.summary);
    const reached = destination === "staging" ? [stagedWords] : ["created", "updated"];
    await this.#rows.add([
      `packaged = refused in staging + ${reached.join(" + ")} + refused in target + not processed`,
    ]);
    const names = ["Entity", "Company", "Read", "Left out", "Rejected before sending", "Packaged"];
    const terms = ["refused in staging", ...reached, "refused in target", "not processed", "adds up"];
    const after = terms.map((words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`);
    await this.#head([...names, ...after]);
    for (const entity of entities) {
      await this.#table(equationCells(entity, destination), (row) => {
        if (!entity.balanced) row.getCell(names.length + after.length).style = wrong;
      });
    }
    // Nothing of a second pass is sent into staging only.
    if (destination === "staging") return;
    for (const { entity, legalEntity, secondPass } of entities) {
      if (secondPass === undefined) continue;
      const { records, rejectedStaging, created, updated, rejectedTarget, unprocessed } = secondPass;
      await this.#table([
        textCell(`${entity}, second pass`),
        textCell(companyOf(legalEntity)),
        ...[null, null, null, records, rejectedStaging, created, updated, rejectedTarget, unprocessed],
      ]);
    }
  }

  async #byStage(): Promise<void> {
    const { entities } = this.#facts;
    await this.#section("Rejected records by entity and stage", [
      "Entity",
      "Company",
      ...stages.map((stage) => stageLabels[stage].short),
      "All",
    ]);
    for (const { entity, legalEntity, byStage, records } of entities) {
      const counts = stages.map((stage) => byStage[stage]);
      await this.#table([textCell(entity), textCell(companyOf(legalEntity)), ...counts, records]);
    }
    const sums = stages.map((stage) => entities.reduce((sum, { byStage }) => sum + byStage[stage], 0));
    const all = entities.reduce((sum, { records }) => sum + records, 0);
    await this.#table(["All", null, ...sums, all], (row) => {
      row.font = bold.font;
    });
  }

  async #byCode(): Promise<void> {
    const byCode = Object.entries(this.#facts.summary.rejections.byCode).sort(([, a], [, b]) => b - a);
    await this.#section("Rejected records by reason (one with several reasons counts under each)", [
      "Code",
      "",
      "Records",
      "What it means",
    ]);
    const titles: Readonly<Record<string, { readonly title: string } | undefined>> = reasonRegistry;
    for (const [code, records] of byCode) {
      await this.#table([textCell(code), null, records, textCell(titles[code]?.title ?? "")]);
    }
  }

  async #messages(): Promise<void> {
    const { unattributed } = this.#facts;
    if (unattributed.total === 0) return;
    await this.#section("Messages of F&O that fit no record", ["Entity", "Company", "Record", "Message"]);
    for (const { entity, legalEntity, recordId, message } of unattributed.first) {
      await this.#table([entity, companyOf(legalEntity), recordId, scrub(message)].map(textCell));
    }
  }

  async #section(title: string, names: readonly string[]): Promise<void> {
    await this.#rows.add([]);
    await this.#rows.add([title], dressed(heading));
    if (names.length > 0) await this.#head(names);
  }

  async #head(names: readonly string[]): Promise<void> {
    await this.#rows.add([...names], (row) => {
      row.height = 30;
      row.eachCell({ includeEmpty: true }, (cell, number) => {
        const name = names[number - 1] ?? "";
        cell.style = behindNumbers.has(name) ? behindHead : texts.has(name) ? tableHead : numberHead;
      });
    });
  }

  async #table(cells: readonly CellValue[], dress?: (row: Row) => void): Promise<void> {
    await this.#rows.add(cells, (row) => {
      row.eachCell((cell, number) => {
        if (typeof cell.value === "number") cell.numFmt = numberFormat;
        else if (typeof cells[number - 2] === "number") cell.alignment = textBehind;
      });
      dress?.(row);
    });
  }
}

function equationCells(entity: EntitySummary, destination: Destination): CellValue[] {
  const { read, filtered, rejectedHere, packaged, rejectedStaging, created, updated } = entity;
  const { staged, notProcessed } = stagedAndNot(entity);
  const reached = destination === "staging" ? [staged] : [created, updated];
  return [
    textCell(entity.entity),
    textCell(companyOf(entity.legalEntity)),
    ...[read, filtered, rejectedHere, packaged, rejectedStaging, ...reached],
    entity.rejectedTarget,
    destination === "staging" ? notProcessed : entity.unprocessed,
    entity.balanced ? "yes" : "NO",
  ];
}

function companyOf(legalEntity: string): string {
  return legalEntity === "" ? "none" : legalEntity;
}

function dressed(style: object): (row: Row) => void {
  return (row) => {
    row.getCell(1).style = style;
  };
}
