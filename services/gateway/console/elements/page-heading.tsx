import type { ComponentChildren } from "preact";

/** A page's name, with what belongs to all of the page. `r` loads it again. */
export function PageHeading(props: { title: string; reload: () => void; children?: ComponentChildren }) {
  return (
    <div class="heading">
      <h1>{props.title}</h1>
      {props.children}
      <button
        type="button"
        class="plain reload"
        onClick={props.reload}
        title="Load again (r)"
        aria-keyshortcuts="r"
      >
        Reload
      </button>
    </div>
  );
}
