import { batch, signal } from "@preact/signals";
import type { Order, OrderAction, OrderEvent, PaymentWithRefunds, Till } from "@till/client/web";
import { endIfUnauthenticated } from "../sign-in/session.ts";

/** Whether changes arrive by themselves. */
type Live = "connecting" | "live" | "paused" | "failed";

/** One order as it is now, kept so by a watch. */
export type OrderModel = ReturnType<typeof orderModel>;

/** Holds an order, its history, its payments and what can be done with it. `follow` keeps them as they are now. */
export function orderModel(till: Till, orderId: string) {
  const order = signal<Order | undefined>(undefined);
  const actions = signal<readonly OrderAction[]>([]);
  const events = signal<readonly OrderEvent[]>([]);
  const payments = signal<readonly PaymentWithRefunds[]>([]);
  const live = signal<Live>("connecting");
  const error = signal<unknown>(undefined);

  async function readState(abort: AbortSignal) {
    const [explained, paid] = await Promise.all([
      till.orders.explain(orderId, { signal: abort }),
      paymentsOf(till, orderId, abort),
    ]);
    batch(() => {
      order.value = explained.order;
      actions.value = explained.actions;
      payments.value = paid;
    });
  }

  function append(found: readonly OrderEvent[]) {
    const known = new Set(events.value.map(({ id }) => id));
    events.value = [...events.value, ...found.filter(({ id }) => !known.has(id))];
  }

  /** The history first, then what follows it: a change in between is in one of them. */
  async function followUntil(abort: AbortSignal) {
    const found: OrderEvent[] = [];
    for await (const event of till.orders.events(orderId, { signal: abort })) found.push(event);
    append(found);
    await readState(abort);
    live.value = "live";
    const afterVersion = events.value.at(-1)?.version;
    for await (const update of till.orders.watch(orderId, { afterVersion, follow: true, signal: abort })) {
      if (update.kind === "event") append([update.event]);
      if (update.isLast) await readState(abort);
    }
  }

  function start(abort: AbortSignal) {
    live.value = "connecting";
    followUntil(abort).catch((failure: unknown) => {
      if (abort.aborted) return;
      endIfUnauthenticated(failure);
      error.value = failure;
      live.value = "failed";
    });
  }

  return {
    ...{ till, orderId, order, actions, events, payments, live, error },
    /** Follows the order until the returned function is called; a hidden page keeps no stream open. */
    follow(): () => void {
      let following = new AbortController();
      const onVisibility = () => {
        following.abort();
        if (document.hidden) {
          live.value = "paused";
          return;
        }
        following = new AbortController();
        start(following.signal);
      };
      error.value = undefined;
      start(following.signal);
      document.addEventListener("visibilitychange", onVisibility);
      return () => {
        document.removeEventListener("visibilitychange", onVisibility);
        following.abort();
      };
    },
    /** Reads everything but the history again. */
    async reload(): Promise<void> {
      await readState(AbortSignal.timeout(20_000));
    },
  };
}

async function paymentsOf(till: Till, orderId: string, signal: AbortSignal): Promise<PaymentWithRefunds[]> {
  const ids: string[] = [];
  for await (const { id } of till.payments.list({ orderId, signal })) ids.push(id);
  return Promise.all(ids.map((id) => till.payments.get(id, { signal })));
}
