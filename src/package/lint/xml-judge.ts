import { SaxesParser, type SaxesTagPlain } from "saxes";
import { BareAmpersand, bareAmpersandText } from "./bare-ampersand.ts";
import { dataPlace, type DataContext, type DataJudge } from "./data-judge.ts";
import { XmlLayoutCheck } from "./xml-layout-check.ts";
import { XmlPieces } from "./xml-pieces.ts";

/** Text without a tag, and text of one record: enough for every entity, too little for an attack. */
const textLimitChars = 16 * 1024 * 1024;
const maxDepth = 32;
/** What the parser says may quote the file at length. */
const longestMessage = 300;

/** Judges an XML data file: well-formed, and then what XmlLayoutCheck says of its elements. Constant memory. */
export class XmlJudge implements DataJudge {
  readonly #context: DataContext;
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #pieces: XmlPieces;
  readonly #layout: XmlLayoutCheck;
  readonly #ampersand = new BareAmpersand();
  #depth = 0;
  #charsWithoutTag = 0;
  /** Whether the file cannot be read further; a finding says why. */
  #over = false;

  constructor(context: DataContext) {
    this.#context = context;
    this.#pieces = new XmlPieces(context);
    this.#layout = new XmlLayoutCheck(context);
    this.#listen();
  }

  feed(chunk: Buffer): void {
    this.#write(this.#pieces.next(chunk), false);
  }

  end(): number | undefined {
    this.#write(this.#pieces.end(), true);
    if (!this.#over) this.#parser.close();
    if (this.#over) return undefined;
    return this.#layout.end();
  }

  #write(text: string | undefined, last: boolean): void {
    if (this.#over) return;
    if (text === undefined) {
      this.#over = true;
      return;
    }
    this.#charsWithoutTag += text.length;
    const ampersand = this.#ampersand.find(text, last);
    if (ampersand !== undefined) {
      const linesBefore = text.slice(0, Math.max(0, ampersand)).split("\n").length - 1;
      const line = this.#parser.line + linesBefore;
      this.#stop("DMFP-LINT-XML", `The file is no well-formed XML: ${bareAmpersandText}`, { line });
      return;
    }
    this.#parser.write(text);
    // saxes keeps what has no tag as one text.
    if (this.#charsWithoutTag > textLimitChars + text.length) {
      this.#stop("DMFP-LINT-XML-SIZE", "There is no tag for more than 16 million characters.");
    }
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on("error", (error) => {
      this.#stop(
        "DMFP-LINT-XML",
        `The file is no well-formed XML: ${error.message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")}.`,
      );
    });
    parser.on("doctype", () => {
      this.#stop("DMFP-LINT-XML-DOCTYPE", "The file has a document type declaration.");
    });
    parser.on("opentag", (tag: SaxesTagPlain) => {
      this.#charsWithoutTag = 0;
      if (this.#over) return;
      this.#depth++;
      if (this.#depth > maxDepth) this.#stop("DMFP-LINT-XML-SIZE", "Elements are nested too deeply.");
      else this.#layout.open(tag.name, tag.attributes, parser.line);
    });
    parser.on("closetag", () => {
      this.#charsWithoutTag = 0;
      if (this.#over) return;
      this.#depth--;
      this.#layout.close();
    });
    const addText = (text: string): void => {
      if (this.#over) return;
      if (!this.#layout.text(text, parser.line)) {
        this.#stop("DMFP-LINT-XML-SIZE", "A record is larger than 16 million characters.");
      }
    };
    parser.on("text", addText);
    parser.on("cdata", addText);
  }

  #stop(
    rule: "DMFP-LINT-XML" | "DMFP-LINT-XML-DOCTYPE" | "DMFP-LINT-XML-SIZE",
    message: string,
    at: { readonly line: number; readonly column?: number } = {
      line: this.#parser.line,
      column: Math.max(1, this.#parser.column),
    },
  ): void {
    if (this.#over) return;
    this.#over = true;
    this.#context.log.add(rule, { ...dataPlace(this.#context), ...at }, () => ({
      message: message.slice(0, longestMessage),
    }));
  }
}
