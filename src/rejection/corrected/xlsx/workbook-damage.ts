const saveAsXlsx = "Open it in the program it is of, save it as Excel workbook (.xlsx), and give that file.";

/**
 * What keeps a workbook from being read, in words that follow "cannot be read: " and go without a full stop. Callers say
 * which file it is about.
 */
export class WorkbookDamage extends Error {
  override readonly name = "WorkbookDamage";
  /** What a person does about it. */
  readonly next: string;

  constructor(why: string, next = saveAsXlsx) {
    super(why);
    this.next = next;
  }
}
