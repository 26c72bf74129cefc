/**
 * The emulated F&O refuses a request. This is part of the wire, not an error of dmfpipe: it becomes an answer
 * with the given status and text, which is why it is no DmfpipeError.
 */
export class ActionRefused extends Error {
  override readonly name = "ActionRefused";
  readonly status: number;
  readonly type: string;

  /** @param text the useful part of the answer, in F&O's own words as far as a source gives them. */
  constructor(text: string, options: { readonly status?: number; readonly type?: string } = {}) {
    super(text);
    this.status = options.status ?? 400;
    this.type = options.type ?? "System.InvalidOperationException";
  }
}
