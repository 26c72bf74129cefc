import { z } from "zod";

const unitBytes: Readonly<Record<string, number>> = {
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
};

/** An amount of disk space, as people write it: `500 MB`, `4 GB`, `1.5 TB`. */
export const byteSizeShape = z
  .string()
  .regex(/^\d+(\.\d+)? ?(MB|GB|TB)$/, "a number with MB, GB or TB, such as 4 GB");

/** The amount in bytes; a thousand MB are a GB. The text has the shape above. */
export function bytesOf(text: z.infer<typeof byteSizeShape>): number {
  return Math.round(Number.parseFloat(text) * (unitBytes[text.slice(-2)] ?? Number.NaN));
}
