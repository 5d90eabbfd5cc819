import type { Transport } from "@connectrpc/connect";
import { callsOver } from "./calls.ts";
import { opsOver } from "./ops-over.ts";
import type { Ops } from "./ops.ts";
import { ordersOver } from "./orders-over.ts";
import type { Orders } from "./orders.ts";
import { webhooksOver } from "./outgoing-webhooks-over.ts";
import type { Webhooks } from "./outgoing-webhooks.ts";
import { paymentsOver } from "./payments-over.ts";
import type { Payments } from "./payments.ts";
import { defaultRetries } from "./retry.ts";
import { sessionsOver } from "./sessions-over.ts";
import type { Sessions } from "./sessions.ts";
import type { TokenSource } from "./token.ts";

/** A client of Till. Make one and keep it: its calls share connections. */
export type Till = {
  readonly orders: Orders;
  readonly payments: Payments;
  readonly sessions: Sessions;
  readonly webhooks: Webhooks;
  readonly ops: Ops;
  /** Closes the connections. Calls that are under way fail. */
  close(): void;
};

/** What clients for Node and for browsers have in common. */
export type CommonOptions = {
  /** The bearer token of each call, or a function that returns it. */
  readonly token: TokenSource;
  /** Deadline of a call with all of its retries, in milliseconds. Left out: 20,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a call is retried. Left out: 7. 0 switches retries off. */
  readonly maxRetries?: number | undefined;
};

/** How to reach the services. The session service is the order service's. */
export type Transports = {
  readonly orders: Transport;
  readonly payments: Transport;
  readonly webhooks: Transport;
  /** Each service has an OpsService of its own. */
  readonly orderOps: Transport;
  readonly paymentOps: Transport;
  readonly webhookOps: Transport;
  close(): void;
};

/** A client over any transports. */
export function tillOver(
  transports: Transports,
  { token, timeoutMs = 20_000, maxRetries = defaultRetries }: CommonOptions,
): Till {
  const settings = { token, timeoutMs, maxRetries };
  const orderCalls = callsOver(transports.orders, settings);
  return {
    orders: ordersOver(orderCalls),
    payments: paymentsOver(callsOver(transports.payments, settings)),
    sessions: sessionsOver(orderCalls),
    webhooks: webhooksOver(callsOver(transports.webhooks, settings)),
    ops: {
      orders: opsOver(callsOver(transports.orderOps, settings)),
      payments: opsOver(callsOver(transports.paymentOps, settings)),
      webhooks: opsOver(callsOver(transports.webhookOps, settings)),
    },
    close: () => transports.close(),
  };
}
