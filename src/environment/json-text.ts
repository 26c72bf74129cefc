/** The value a JSON text holds, or undefined where it is no JSON: what comes over the wire may be anything. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
