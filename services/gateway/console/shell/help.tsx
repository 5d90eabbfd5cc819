import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useModal } from "../elements/dialog.tsx";

const keys: readonly (readonly [string[], string])[] = [
  [["/"], "find by any id"],
  [["1", "…", "6"], "go to a page"],
  [["↓", "j"], "next row"],
  [["↑", "k"], "row before"],
  [["Enter"], "open the row"],
  [["Esc"], "back to the list; out of a field or a dialog"],
  [["n"], "next page"],
  [["r"], "load again"],
  [["s"], "name this view"],
  [["?"], "these keys"],
];

/** The button that lists the keys, and their list. */
export function Help() {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="plain help"
        aria-keyshortcuts="?"
        aria-label="Keys"
        onClick={() => (isOpen.value = true)}
      >
        ?
      </button>
      {isOpen.value && <Keys close={() => (isOpen.value = false)} />}
    </>
  );
}

function Keys({ close }: { close: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  useModal(element);
  return (
    <dialog ref={element} aria-labelledby="keys-heading" onClose={close}>
      <h2 id="keys-heading">Keys</h2>
      <dl class="key-list">
        {keys.map(([names, what]) => (
          <div key={what}>
            <dt>{names.map((name) => (name === "…" ? " … " : <kbd key={name}>{name}</kbd>))}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  );
}
