/**
 * Reading a data file had to stop: nothing of it can be staged. The code is one of Microsoft's list of data
 * management errors. Part of the emulated F&O, not an error of dmfpipe: it ends up in the execution log.
 */
export class DataFileUnreadable extends Error {
  override readonly name = "DataFileUnreadable";
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}
