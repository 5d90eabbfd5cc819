import { formatDay, formatName, shortId } from "../elements/format.ts";
import { addressOf, goTo, place } from "../shell/router.ts";
import { filterNames, itemFilters, statuses, withParameter } from "./order-filter.ts";

/** What the list is narrowed to, as the address has it. */
export function Filters() {
  const { query } = place.value;
  const set = (name: string, value: string) => goTo("/orders", withParameter(query, name, [value.trim()]));
  const chosen = query.getAll("status");
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Status</span>
        <select
          value={chosen.length === 1 ? chosen[0]! : ""}
          onChange={({ currentTarget }) => set("status", currentTarget.value)}
        >
          <option value="">{chosen.length > 1 ? "several" : "any"}</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {formatName(status)}
            </option>
          ))}
        </select>
      </label>
      <label class="wide">
        <span>User</span>
        <input
          class="mono"
          value={query.get("user") ?? ""}
          placeholder="any"
          spellcheck={false}
          onChange={({ currentTarget }) => set("user", currentTarget.value)}
        />
      </label>
      <TimeFilter title="From" name="from" />
      <TimeFilter title="Before" name="to" />
      {itemFilters.map((name) => {
        const id = query.get(name);
        return (
          id !== null && (
            <a
              key={name}
              class="button chip"
              href={addressOf("/orders", withParameter(query, name, []))}
              title={id}
              aria-label={`${formatName(name)} ${id}: no longer filter by it`}
            >
              {formatName(name)} <span class="mono">{shortId(id)}</span> ×
            </a>
          )
        );
      })}
      {filterNames.some((name) => query.has(name)) && (
        <a class="button" href={addressOf("/orders")}>
          Clear
        </a>
      )}
    </form>
  );
}

/** A time of the browser's zone; the address has it in UTC, so that it means the same everywhere. */
function TimeFilter({ title, name }: { title: string; name: string }) {
  const { query } = place.value;
  const time = new Date(query.get(name) ?? "");
  const local = Number.isNaN(time.getTime()) ? "" : `${formatDay(time)}T${time.toTimeString().slice(0, 5)}`;
  return (
    <label>
      <span>{title}</span>
      <input
        type="datetime-local"
        value={local}
        onChange={({ currentTarget: { value } }) =>
          goTo("/orders", withParameter(query, name, value ? [new Date(value).toISOString()] : []))
        }
      />
    </label>
  );
}
