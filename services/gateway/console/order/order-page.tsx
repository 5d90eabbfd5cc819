import type { Order, OrderStatus, Till } from "@till/client/web";
import { useEffect, useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Actions } from "./actions.tsx";
import { Amount, Id, Problem, Status, Time } from "../elements/elements.tsx";
import { Loading } from "../elements/list-page.tsx";
import { formatName } from "../elements/format.ts";
import { Lines } from "./lines.tsx";
import { orderModel, type OrderModel } from "./order-model.ts";
import { Payments } from "./payments.tsx";
import { RefundRequest } from "./refund-request.tsx";
import { addressOf, addressOfList } from "../shell/router.ts";
import { Timeline } from "./timeline.tsx";
import { Verification } from "./verification.tsx";

/** One order, as it is now and as it became so. */
export function OrderPage({ till, orderId }: { till: Till; orderId: string }) {
  const model = useMemo(() => orderModel(till, orderId), [till, orderId]);
  const tries = useSignal(0);
  useEffect(() => model.follow(), [model, tries.value]);
  const order = model.order.value;
  const error = model.error.value;
  return (
    <>
      <p class="crumbs">
        <a href={addressOfList("/orders")} aria-keyshortcuts="Escape">
          Orders
        </a>
      </p>
      {error !== undefined && <Problem error={error} retry={() => void tries.value++} />}
      {!order && error === undefined && <Loading />}
      {order && (
        <>
          <Heading model={model} order={order} />
          <RefundRequest model={model} order={order} />
          <div class="columns">
            <div>
              <Lines order={order} />
              <Timeline model={model} />
            </div>
            <div>
              <Actions model={model} />
              <Payments payments={model.payments.value} />
              <Facts order={order} />
              <Verification model={model} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

const liveTexts = {
  connecting: "Connecting",
  live: "Live",
  paused: "Paused",
  failed: "Not live",
};

function Heading({ model, order }: { model: OrderModel; order: Order }) {
  const live = model.live.value;
  return (
    <div class="heading order-heading">
      <h1>
        <span class="visually-hidden">Order </span>
        <Id id={order.id} of="order" />
      </h1>
      <span class="big-status" aria-live="polite">
        <Status name={order.status} />
      </span>
      <span class="big-amount">
        <Amount money={order.total} />
      </span>
      <span class={`live ${live}`} title="Changes arrive by themselves">
        {liveTexts[live]}
      </span>
    </div>
  );
}

const unpaid: readonly OrderStatus[] = ["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"];

function Facts({ order }: { order: Order }) {
  return (
    <section class="card" aria-label="Facts">
      <dl>
        <dt>User</dt>
        <dd>
          <a class="mono" href={addressOf("/orders", new URLSearchParams({ user: order.userId }))}>
            {order.userId}
          </a>
        </dd>
        <dt>Created</dt>
        <dd>
          <Time at={order.createdAt} />
        </dd>
        <dt>Changed</dt>
        <dd>
          <Time at={order.updatedAt} /> <span class="quiet">version {order.version}</span>
        </dd>
        {order.expiresAt && unpaid.includes(order.status) && (
          <>
            <dt>Expires unpaid</dt>
            <dd>
              <Time at={order.expiresAt} />
            </dd>
          </>
        )}
        {order.cancelReason && (
          <>
            <dt>Cancelled</dt>
            <dd>{formatName(order.cancelReason)}</dd>
          </>
        )}
        {order.failedPayments > 0 && (
          <>
            <dt>Declined payments</dt>
            <dd>{order.failedPayments}</dd>
          </>
        )}
        {order.trackingNumber && (
          <>
            <dt>Shipped with</dt>
            <dd>
              {order.carrier} <span class="mono">{order.trackingNumber}</span>
            </dd>
          </>
        )}
        {order.notes && (
          <>
            <dt>Buyer's remark</dt>
            <dd>{order.notes}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
