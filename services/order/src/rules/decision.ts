import type { Money } from "@till/money";
import { deriveBookings } from "./derive-bookings.ts";
import { appError } from "./errors.ts";
import type { HistoryType, Payload } from "./history-entry.ts";
import type { OrderEvent } from "./order-event.ts";
import type { Order, OrderStatus } from "./order.ts";
import { transitions, type Trigger } from "./transitions.ts";

/** The outcome of a rule: the order after it, and the history entries and events to write with it. */
export type Decision = {
  readonly order: Order;
  readonly history: readonly HistoryEntry[];
  readonly events: readonly OrderEvent[];
};

export type HistoryEntry = {
  readonly orderId: string;
  readonly userId: string;
  readonly type: HistoryType;
  readonly version: number;
  readonly from: OrderStatus | undefined;
  readonly to: OrderStatus;
  readonly actor: string;
  readonly reason: string;
  /** The amount charged, captured or refunded, where the entry is about money. */
  readonly amount: Money | undefined;
  readonly payload: Payload;
  readonly at: Date;
};

/** A history entry as it is stored. */
export type RecordedEntry = HistoryEntry & { readonly id: string };

/** The time of a change and its actor: `user:<id>`, `admin:<id>`, `service:<id>`, `event:<type>` or `worker:<name>`. */
export type Context = { readonly now: Date; readonly actor: string };

/** A change of an order: the type and the facts of its history entry, and the fields that change. */
export type Change = Context & {
  readonly entry: HistoryType;
  readonly payload?: Payload;
  readonly reason?: string;
  readonly amount?: Money | undefined;
  readonly change?: Partial<Order>;
};

/** A change of an order's status, and the trigger of the transition. */
type StatusChange = Change & { readonly to: OrderStatus; readonly trigger: Trigger };

/** Makes the events of a change from the order after it. */
type EventsOf = (next: Order) => OrderEvent[];

const noEvents: EventsOf = () => [];

/** Whether a decision changes the order. */
export function isChange({ history }: Decision): boolean {
  return history.length > 0;
}

/** The decision to change nothing. */
export function unchanged(order: Order): Decision {
  return { order, history: [], events: [] };
}

/** Changes an order's status as the table of transitions allows. Throws ILLEGAL_TRANSITION. */
export function transition(
  order: Order,
  { to, trigger, ...change }: StatusChange,
  events: EventsOf = noEvents,
): Decision {
  const from = order.status;
  const isLegal = transitions.some(
    (one) => one.trigger === trigger && one.to === to && one.from.includes(from),
  );
  if (!isLegal) throw illegalTransition(order, to, `${trigger} does not take an order from ${from} to ${to}`);
  return recordChange(order, { ...change, change: { ...change.change, status: to } }, (next) => [
    ...events(next),
    { type: "order.status_changed", order: next, from },
  ]);
}

/** Changes an order, leaving its status as it is unless the change has one, and adds an entry to its history. */
export function recordChange(order: Order, change: Change, events: EventsOf = noEvents): Decision {
  const changed = { ...order, ...change.change, version: order.version + 1, updatedAt: change.now };
  const { order: next, events: bookingEvents } = deriveBookings(order, changed);
  const history = [{ ...entryOf(next, change), from: order.status }];
  return { order: next, history, events: [...events(next), ...bookingEvents] };
}

/** Joins two changes into one decision, which is written in one commit. */
export function andThen(first: Decision, decideNext: (order: Order) => Decision): Decision {
  const { order, history, events } = decideNext(first.order);
  return { order, history: [...first.history, ...history], events: [...first.events, ...events] };
}

/** ILLEGAL_TRANSITION, with the statuses `from` and `to`. For a caller `decideForCaller` adds what is allowed. */
export function illegalTransition({ status: from }: Order, to: OrderStatus, message: string) {
  return appError("ILLEGAL_TRANSITION", message, { metadata: { from, to } });
}

/** The history entry of a change, except for the status before it. */
export function entryOf(after: Order, change: Change) {
  const { entry: type, payload = {}, actor, reason = "", amount, now: at } = change;
  const { id: orderId, userId, version, status: to } = after;
  return { orderId, userId, type, version, to, actor, reason, amount, payload, at };
}

/** The actor of a caller's change, as the history has it. */
export function actorOf({ role, id }: { readonly role: string; readonly id: string }): string {
  return `${role}:${id}`;
}
