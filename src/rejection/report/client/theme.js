"use strict";
// Runs in the head, before anything is painted.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("dmfpipe-report-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Nothing is remembered where the browser keeps nothing for files.
}
