import type { RestError } from "@azure/storage-blob";

/**
 * Whether the Azure SDK threw it: an answer of the store that is none of success, or none at all. It is known by its
 * name, as the SDK's own `isRestError` does, so that nobody has to load the SDK to look at an error.
 */
export function isStoreError(thrown: unknown): thrown is RestError {
  return thrown instanceof Error && thrown.name === "RestError";
}
