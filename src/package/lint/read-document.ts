import { contractNamespace } from "../contract-members.ts";
import { parseContract, type ContractElement } from "./contract-document.ts";
import { documentText } from "./document-text.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";

/** Real manifests have less than 2 MB for 92 entities. */
export const maxDocumentBytes = 64 * 1024 * 1024;

/**
 * The root element of Manifest.xml or PackageHeader.xml, or undefined where the document cannot be judged further;
 * findings say why.
 */
export function readDocument(
  bytes: Buffer,
  document: { readonly entry: string; readonly root: string },
  log: FindingLog,
): ContractElement | undefined {
  const { entry } = document;
  const { text, trouble } = documentText(bytes);
  if (text === undefined) {
    log.add("DMFP-LINT-DOCUMENT-ENCODING", { entry }, () => ({
      message: `${entry} cannot be read: ${trouble}.`,
    }));
    return undefined;
  }
  const parsed = parseContract(text);
  if (parsed.root === undefined) {
    log.add("DMFP-LINT-DOCUMENT-XML", { entry, ...parsed.trouble.at }, () => ({
      message: `${entry} is no well-formed XML: ${parsed.trouble.message}`,
    }));
    return undefined;
  }
  const { root } = parsed;
  if (root.name !== document.root || root.namespace !== contractNamespace) {
    log.add("DMFP-LINT-DOCUMENT-ROOT", { entry, ...root.at }, () => ({
      message:
        root.name === document.root
          ? `The namespace of ${entry} is "${excerpt(root.namespace)}"; F&O expects ${contractNamespace}.`
          : `The root element of ${entry} is ${excerpt(root.name)}; F&O expects ${document.root}.`,
    }));
    // Every member would be one of another namespace: one finding says it better than a thousand.
    return undefined;
  }
  return root;
}
