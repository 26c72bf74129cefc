/** The text of a document, or why its bytes are none that F&O's serializer reads. */
export type DocumentText =
  | { readonly text: string; readonly trouble?: undefined }
  | { readonly text?: undefined; readonly trouble: string };

/**
 * Decodes Manifest.xml or PackageHeader.xml as .NET's XmlReader does. Observed with Microsoft's serializer assembly:
 * UTF-16 with byte order mark and UTF-8 with or without one are read, with or without a declaration; UTF-8 bytes that
 * declare utf-16 are refused.
 */
export function documentText(bytes: Buffer): DocumentText {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : undefined;
  const encoding = mark ?? unmarkedUtf16(bytes) ?? "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return { trouble: `its bytes are no ${encoding.toUpperCase()} text` };
  }
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1];
  if (declared === undefined) {
    return encoding !== "utf-8" && mark === undefined
      ? { trouble: `it is ${encoding.toUpperCase()} without byte order mark` }
      : { text };
  }
  const family = declared.toLowerCase().startsWith("utf-16") ? "utf-16" : declared.toLowerCase();
  if (family === "utf-16" && encoding === "utf-8") {
    return { trouble: `it declares ${declared}, but its bytes are UTF-8 without byte order mark of UTF-16` };
  }
  if (family !== (encoding === "utf-8" ? "utf-8" : "utf-16")) {
    return { trouble: `it declares ${declared}, but its bytes are ${encoding.toUpperCase()}` };
  }
  return { text };
}

/** A document that begins with `<` in two bytes. */
function unmarkedUtf16(bytes: Buffer): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0x3c && bytes[1] === 0) return "utf-16le";
  if (bytes[0] === 0 && bytes[1] === 0x3c) return "utf-16be";
  return undefined;
}
