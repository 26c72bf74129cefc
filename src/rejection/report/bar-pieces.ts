import { html, type Html } from "./html.ts";

/** The pieces of a stacked bar, side by side; their widths are in units of its view box. */
export function barPieces(pieces: readonly { readonly kind: string; readonly width: number }[]): Html[] {
  let x = 0;
  return pieces.map(({ kind, width }) => {
    const piece = html`<rect
      class="${kind}"
      x="${x.toFixed(1)}"
      y="0"
      width="${width.toFixed(1)}"
      height="10"
    ></rect>`;
    x += width;
    return piece;
  });
}
