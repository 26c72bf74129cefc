import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";

/** The coded error the work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<DmfpipeError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  if ("thrown" in outcome) {
    if (outcome.thrown instanceof DmfpipeError) return outcome.thrown;
    throw new Error("It failed with something that is no coded error.", { cause: outcome.thrown });
  }
  throw new Error(`It did not fail: ${JSON.stringify(outcome.value)}`);
}
