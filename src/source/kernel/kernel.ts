export { copyRows } from "./copy-rows";
export { setCharset } from "./decode-value";
export { encodeRows } from "./encode-rows";
export { findFields } from "./find-fields";
export { placeRow, placeWindow } from "./memory";
export { quoteValue } from "./quote-value";
export { addKeyPart } from "./row-key";
export { remember } from "./value-memo";
