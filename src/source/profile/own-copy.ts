/**
 * A text with memory of its own: a value may be a window into a much larger text that was read, and keeping the
 * value would keep all of that. The engine makes a new text of one that is put together when it is cut; and it
 * never makes a window of less than 13 characters (V8's SlicedString::kMinLength).
 */
export function ownCopy(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
