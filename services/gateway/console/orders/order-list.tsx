import type { Order, Till } from "@till/client/web";
import { Amount, Status, Time } from "../elements/elements.tsx";
import { isZero, shortId } from "../elements/format.ts";
import { ListPage, pageInAddress } from "../elements/list-page.tsx";
import { PageHeading } from "../elements/page-heading.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf, place } from "../shell/router.ts";
import { Filters } from "./filters.tsx";
import { filterOf } from "./order-filter.ts";
import { Views } from "./views.tsx";

const pageSize = 50;

/** Orders, newest first, by the filters in the address. */
export function OrderList({ till }: { till: Till }) {
  const { query } = place.value;
  const list = useLoad(query.toString(), (signal) =>
    pageInAddress(till.orders.list({ ...filterOf(query), pageSize, signal })),
  );
  return (
    <>
      <PageHeading title="Orders" reload={list.reload}>
        <Views />
      </PageHeading>
      <Filters />
      <ListPage list={list} empty="No order matches these filters.">
        {(orders) => <Rows orders={orders} />}
      </ListPage>
    </>
  );
}

function Rows({ orders }: { orders: readonly Order[] }) {
  return (
    <table class="rows orders">
      <thead>
        <tr>
          <th scope="col" class="time">
            Created
          </th>
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
  );
}

function Row({ order }: { order: Order }) {
  const [first, ...others] = order.items;
  return (
    <tr>
      <td class="time">
        <Time at={order.createdAt} />
      </td>
      <td>
        <a
          class="row mono"
          href={addressOf(`/orders/${order.id}`)}
          title={order.id}
          aria-label={`Order ${order.id}`}
        >
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
