/** The switch between light, dark and what the system says. */
export function startThemeSwitch() {
  const root = document.documentElement;
  const group = document.getElementById("theme-switch");
  const buttons = [...group.querySelectorAll("[data-theme-choice]")];
  const show = () => {
    const chosen = root.dataset.theme ?? "system";
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const theme = button.dataset.themeChoice;
      if (theme === "system") delete root.dataset.theme;
      else root.dataset.theme = theme;
      try {
        localStorage.setItem("dmfpipe-report-theme", theme);
      } catch {
        // It holds for this visit.
      }
      show();
    });
  }
  show();
  group.hidden = false;
}
