import { RowList } from "./row-list.js";
import { RowStore } from "./row-store.js";
import { startThemeSwitch } from "./theme-switch.js";

startThemeSwitch();
void startRows();

async function startRows() {
  const list = document.getElementById("row-list");
  const legend = document.querySelector("script.row-legend");
  if (list === null || legend === null) return;
  if (typeof DecompressionStream !== "function") {
    document.documentElement.classList.remove("js");
    document.getElementById("rows-impossible").hidden = false;
    return;
  }
  const texts = (kind) => {
    const blocks = [...document.querySelectorAll(`script.${kind}`)];
    const contents = blocks.map((block) => block.textContent);
    for (const block of blocks) block.remove();
    return contents;
  };
  list.hidden = false;
  const store = await RowStore.open(legend.textContent, texts("row-index"), texts("row-details"));
  const rows = new RowList(store);
  if (await rows.followAddress()) document.getElementById("rows").scrollIntoView();
}
