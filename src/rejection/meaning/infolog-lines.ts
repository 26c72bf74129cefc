/**
 * The lines of a message of F&O, which holds one or more lines of its infolog: separated by line breaks (as measured by
 * users of GetExecutionErrors) or, behind `Infolog:`, by semicolons (as seen in answers of OData), each with or without
 * its kind in front.
 */
export function infologLines(errorMessage: string): string[] {
  return errorMessage
    .replace(/\bInfolog:\s*/i, "\n")
    .split(/\r?\n|;\s*(?=(?:Info|Warning|Error):)/i)
    .map((line) => line.replace(/^\s*(?:Results\.\s+)?(?:(?:Info|Warning|Error):\s*)?/i, "").trim())
    .map((line) => line.replace(/;$/, ""))
    .filter((line) => /[\p{L}\p{N}]/u.test(line));
}
