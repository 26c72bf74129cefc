import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { PartialFile } from "../package/partial-file.ts";
import { ValueText } from "./value-text.ts";

/**
 * Writes the `value` of an OData answer to a file while the answer comes in. Throws DMFP-HTTP-ANSWER for an answer that
 * is no JSON, has no value or is larger than `maxBytes`, DMFP-FILE-WRITE, and what the body throws; then there is no
 * file.
 */
export async function receiveValue(
  body: AsyncIterable<Buffer>,
  options: { readonly file: string; readonly maxBytes: number; readonly environment: string },
): Promise<void> {
  const { file, maxBytes, environment } = options;
  const wrong = (what: string, next?: string): DmfpipeError =>
    new DmfpipeError("DMFP-HTTP-ANSWER", `GetExecutionErrors: ${what}.`, {
      at: { environment },
      ...(next === undefined ? {} : { next }),
    });
  const value = new ValueText();
  const decoder = new TextDecoder("utf-8");
  const partial = await PartialFile.open(file);
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        throw wrong(
          `the messages take more than the ${maxBytes} bytes that are allowed`,
          "Raise limits.executionErrorsBytes in project.yaml, then type: dmfpipe resume",
        );
      }
      await partial.write(value.add(decoder.decode(chunk, { stream: true })));
    }
    await partial.write(value.add(decoder.decode()));
    if (!value.complete) throw wrong(value.found ? "the answer is cut off" : "the answer has no value");
    await partial.publish();
  } catch (thrown) {
    await partial.discard();
    if (thrown instanceof SyntaxError) throw wrong(`the answer is no JSON (${thrown.message})`);
    throw thrown;
  }
}
