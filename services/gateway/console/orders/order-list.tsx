import type { Order, Till } from "@till/client/web";
import { useEffect } from "preact/hooks";
import { Amount, Problem, Status, Time } from "../elements/elements.tsx";
import { formatDay, formatName, isZero, shortId } from "../elements/format.ts";
import { filterOf, statuses, views, withParameter } from "./order-filter.ts";
import { addressOf, goTo, place } from "../shell/router.ts";
import { isEditing } from "../shell/search.tsx";
import { useLoad } from "../elements/use-load.ts";

const pageSize = 50;

/** Orders, newest first, by the filters in the address. */
export function OrderList({ till }: { till: Till }) {
  const { query } = place.value;
  const { value, error, isLoading, reload } = useLoad(query.toString(), async (signal) => {
    const pages = till.orders.list({ ...filterOf(query), pageSize, signal });
    for await (const page of pages.byPage({ pageToken: query.get("page") ?? undefined })) return page;
    return undefined;
  });
  useRowKeys(reload);

  return (
    <>
      <div class="heading">
        <h1>Orders</h1>
        <Views />
        <button type="button" class="plain" onClick={reload} title="Load again (r)">
          Reload
        </button>
      </div>
      <Filters />
      {error !== undefined && <Problem error={error} retry={reload} />}
      {value && <Rows orders={value.items} isLoading={isLoading} />}
      {!value && isLoading && <p class="empty">Loading…</p>}
      <div class="pages">
        {query.has("page") && (
          <a class="button" href={addressOf("/orders", withParameter(query, "page", []))}>
            First page
          </a>
        )}
        {value?.nextPageToken && (
          <a
            class="button"
            rel="next"
            href={addressOf("/orders", withParameter(query, "page", [value.nextPageToken]))}
          >
            Next page
          </a>
        )}
        <p class="keys">
          <kbd>/</kbd> find <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open <kbd>r</kbd> reload
        </p>
      </div>
    </>
  );
}

function Views() {
  const { query } = place.value;
  const current = query.getAll("status").join();
  return (
    <nav class="views" aria-label="Views">
      {views.map((view) => (
        <a
          key={view.title}
          href={addressOf("/orders", withParameter(query, "status", view.statuses))}
          aria-current={view.statuses.join() === current ? "true" : undefined}
        >
          {view.title}
        </a>
      ))}
    </nav>
  );
}

function Filters() {
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
      {["status", "user", "from", "to"].some((name) => query.has(name)) && (
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

function Rows({ orders, isLoading }: { orders: readonly Order[]; isLoading: boolean }) {
  if (orders.length === 0) return <p class="empty">No order matches these filters.</p>;
  return (
    <div class="table-frame" aria-busy={isLoading}>
      <table class="orders">
        <thead>
          <tr>
            <th scope="col">Created</th>
            <th scope="col">Order</th>
            <th scope="col">Status</th>
            <th scope="col">Items</th>
            <th scope="col">User</th>
            <th scope="col" class="number">
              Total
            </th>
            <th scope="col" class="number">
              Refunded
            </th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <Row key={order.id} order={order} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ order }: { order: Order }) {
  const [first, ...others] = order.items;
  const address = addressOf(`/orders/${order.id}`);
  return (
    <tr>
      <td class="time">
        <Time at={order.createdAt} />
      </td>
      <td>
        <a class="row mono" href={address} title={order.id} aria-label={`Order ${order.id}`}>
          {shortId(order.id)}
        </a>
      </td>
      <td>
        <Status name={order.status} />
      </td>
      <td class="items">
        {first && (first.quantity === 1 ? first.name : `${first.quantity} × ${first.name}`)}
        {others.length > 0 && <span class="quiet"> and {others.length} more</span>}
      </td>
      <td class="mono quiet user" title={order.userId}>
        {shortId(order.userId)}
      </td>
      <td class="number">
        <Amount money={order.total} />
      </td>
      <td class="number refunded">
        {isZero(order.refunded) ? <span class="quiet">–</span> : <Amount money={order.refunded} />}
      </td>
    </tr>
  );
}

/** Up and down move over the rows, whose links Enter opens; r loads them again. */
function useRowKeys(reload: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isEditing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "r") return reload();
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step === 0) return;
      const rows = [...document.querySelectorAll<HTMLAnchorElement>("a.row")];
      const at = rows.indexOf(document.activeElement as HTMLAnchorElement);
      const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [reload]);
}
