export { copyCells } from "./copy-cells";
export { findFields } from "./find-fields";
export { placeRow, placeWindow } from "./memory";
export { narrowRow } from "./narrow-row";
