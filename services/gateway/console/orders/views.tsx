import { useSignal } from "@preact/signals";
import { Dialog } from "../elements/dialog.tsx";
import { addressOf, place } from "../shell/router.ts";
import { views, withParameter } from "./order-filter.ts";
import { filtersIn, removeView, savedViews, saveView } from "./saved-views.ts";

/** Filters that are a click away: those of every console, and those that the operator has named. */
export function Views() {
  const { query } = place.value;
  const filters = filtersIn(query);
  const isNaming = useSignal(false);
  const current = savedViews.value.find((view) => view.query === filters);
  const statuses = query.getAll("status").join();
  return (
    <nav class="views" aria-label="Views">
      {views.map((view) => (
        <a
          key={view.title}
          href={addressOf("/orders", withParameter(query, "status", view.statuses))}
          aria-current={!current && view.statuses.join() === statuses ? "true" : undefined}
        >
          {view.title}
        </a>
      ))}
      {savedViews.value.map((view) => (
        <span key={view.name} class="saved-view">
          <a
            href={addressOf("/orders", new URLSearchParams(view.query))}
            aria-current={view === current ? "true" : undefined}
          >
            {view.name}
          </a>
          {view === current && (
            <button
              type="button"
              class="plain"
              aria-label={`Forget the view ${view.name}`}
              onClick={() => removeView(view.name)}
            >
              ×
            </button>
          )}
        </span>
      ))}
      {filters !== "" && !current && (
        <button type="button" class="plain" aria-keyshortcuts="s" onClick={() => (isNaming.value = true)}>
          Name this view…
        </button>
      )}
      {isNaming.value && <NameDialog close={() => (isNaming.value = false)} />}
    </nav>
  );
}

function NameDialog({ close }: { close: () => void }) {
  const name = useSignal("");
  return (
    <Dialog
      title="Name this view"
      verb="Keep"
      isReady={name.value.trim() !== ""}
      close={close}
      send={() => Promise.resolve(saveView(name.value.trim(), place.value.query))}
    >
      <p>This browser keeps its filters under the name. Its address opens it in any other.</p>
      <label class="field">
        <span>Name</span>
        <input
          required
          maxLength={40}
          value={name.value}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}
