import type { Updated } from "@till/postgres/updates";
import type { RequestKey } from "@till/rpc/request-key";
import type { Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";

/** The one place that writes orders. A promise resolves after the commit; concurrent writes share commits. */
export type Store = {
  /** Finds an order. */
  find(id: string): Promise<Order | undefined>;
  /** Finds the order that an earlier request with this key created or changed. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Order | undefined>;
  /**
   * Writes a new order, unless its key has one. Throws SESSION_FULL, ALREADY_PURCHASED, ORDER_IN_PROGRESS, RATE_LIMITED
   * or REQUEST_IN_PROGRESS.
   */
  insert(order: NewOrder): Promise<InsertResult>;
  /**
   * Reads an order, lets `decide` change it, and writes order, history and events in one commit, unless the order has
   * changed meanwhile: then `decide` is called again. Throws ORDER_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS
   * and what `decide` throws.
   */
  update(command: UpdateOrder): Promise<Updated<Order, Decision>>;
};

/** The order of a request's key, and whether an earlier request with the key has created it. */
export type InsertResult = { readonly order: Order; readonly isReplay: boolean };

/** A decision, and the trace that its events carry on. */
export type Traced = { readonly decision: Decision; readonly traceparent?: string | undefined };

/** A new order. `capacities`: how many seats there are in each of its sessions. */
export type NewOrder = Traced & {
  readonly key: RequestKey;
  readonly traceparent: string;
  readonly capacities?: ReadonlyMap<string, number>;
};

/** The request that makes a change, where a call does. */
export type ChangeRequest = {
  readonly key?: RequestKey | undefined;
  readonly call?: { readonly requestId: string } | undefined;
};

/** A change of an order. A repeat of its key or of its event returns the order without calling `decide`. */
export type UpdateOrder = ChangeRequest & {
  readonly id: string;
  readonly decide: (order: Order) => Decision;
  /** The event that makes the change. */
  readonly eventId?: string;
  readonly traceparent?: string | undefined;
};
