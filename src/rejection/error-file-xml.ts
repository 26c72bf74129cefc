import { SaxesParser } from "saxes";

/**
 * The keys of the records of an XML file whose shape nobody documents. A record is an element that has every key field,
 * each as an attribute or as a child; how it is called, how deep it lies and what else it holds does not matter, nor
 * do the case of names and prefixes of namespaces. `columns`: what the key fields are called, in key order.
 *
 * Throws an error of the parser where the text is not well-formed.
 */
export async function* xmlKeys(
  text: AsyncIterable<string>,
  columns: readonly string[],
): AsyncGenerator<readonly string[]> {
  const keys = new XmlKeys(columns);
  for await (const chunk of text) {
    keys.write(chunk);
    yield* keys.take();
  }
  keys.end();
  yield* keys.take();
}

/** Whether there is any record in the file. Throws as xmlKeys. */
export async function hasXmlKeys(text: AsyncIterable<string>, columns: readonly string[]): Promise<boolean> {
  const keys = xmlKeys(text, columns);
  try {
    return (await keys.next()).done !== true;
  } finally {
    await keys.return(undefined);
  }
}

/** An element that is open, with what it has of the key. */
interface OpenElement {
  readonly column: number;
  readonly key: (string | undefined)[];
  text: string;
}

class XmlKeys {
  readonly #parser = new SaxesParser();
  readonly #columns: readonly string[];
  readonly #open: OpenElement[] = [];
  #done: (readonly string[])[] = [];

  constructor(columns: readonly string[]) {
    this.#columns = columns.map((name) => name.toUpperCase());
    this.#parser.on("error", (error) => {
      throw error;
    });
    this.#parser.on("opentag", ({ name, attributes }) => {
      const element: OpenElement = { column: this.#columnOf(name), key: [], text: "" };
      for (const [attribute, value] of Object.entries(attributes)) {
        const column = this.#columnOf(attribute);
        if (column !== -1) element.key[column] = value;
      }
      this.#open.push(element);
    });
    const addText = (text: string): void => {
      const element = this.#open.at(-1);
      if (element !== undefined && element.column !== -1) element.text += text;
    };
    this.#parser.on("text", addText);
    this.#parser.on("cdata", addText);
    this.#parser.on("closetag", () => {
      const element = this.#open.pop();
      if (element === undefined) return;
      const { column, key, text } = element;
      if (this.#columns.every((_, index) => key[index] !== undefined)) this.#done.push(key.map(String));
      const parent = this.#open.at(-1);
      if (column !== -1 && parent !== undefined) parent.key[column] = text;
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): void {
    this.#parser.close();
  }

  take(): readonly (readonly string[])[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #columnOf(name: string): number {
    return this.#columns.indexOf(name.slice(name.lastIndexOf(":") + 1).toUpperCase());
  }
}
