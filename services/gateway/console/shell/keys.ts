const steps: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/**
 * Lets the console be used by keys alone: those of `aria-keyshortcuts` press their element, and up and down move over the
 * rows of a list, whose links Enter opens. An open dialog has the keys to itself.
 */
export function followKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (isEditing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const step = steps[event.key];
    const isHandled = step === undefined ? pressElementOf(event.key) : moveBy(step);
    if (isHandled) event.preventDefault();
  });
}

function pressElementOf(key: string): boolean {
  for (const element of document.querySelectorAll<HTMLElement>("[aria-keyshortcuts]")) {
    if (!element.getAttribute("aria-keyshortcuts")!.split(" ").includes(key)) continue;
    if (element instanceof HTMLInputElement) element.select();
    else element.click();
    return true;
  }
  return false;
}

function moveBy(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>("a.row")];
  const at = rows.indexOf(document.activeElement as HTMLAnchorElement);
  const next = at === -1 ? rows.at(step === 1 ? 0 : -1) : rows[at + step];
  next?.focus();
  return next !== undefined;
}

/** Whether keys go into a field. */
function isEditing(target: EventTarget | null): target is HTMLElement {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}
