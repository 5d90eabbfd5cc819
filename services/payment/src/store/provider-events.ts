import { prepared, query, rowSet, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { inBatches } from "@till/postgres/updates";
import type { NamedPayment } from "../rules/provider.ts";

/** A provider's event that was acknowledged; it is kept until it is handled or its attempts end. */
export type ProviderEvent = NamedPayment & {
  readonly provider: string;
  readonly eventId: string;
  readonly receivedAt: Date;
  /** Attempts, the current one included. */
  readonly attempts: number;
};

/** An event as its webhook names it. */
type NewProviderEvent = NamedPayment & { readonly eventId: string; readonly type: string };

/** The stored provider events, shared by every replica. */
export type ProviderEvents = ReturnType<typeof providerEvents>;

/** Opens the stored provider events. */
export function providerEvents({ pool }: Pick<Db, "pool">) {
  const record = inBatches({
    async run(received: readonly Received[]) {
      const rows = await query<{ ord: number }>(pool, insertEvents, newEvents.params(received.map(newRow)));
      const stored = new Set(rows.map(({ ord }) => ord));
      return received.map((_, index) => stored.has(index + 1));
    },
    failsAll: isUnavailable,
  });
  const handled = inBatches({
    async run(done: readonly Handled[]) {
      const rows = done.flatMap(({ events, now }) => events.map((event) => handledRow(event, now)));
      await query(pool, markHandled, handledEvents.params(rows));
      return done.map(() => undefined);
    },
    failsAll: isUnavailable,
  });
  return {
    /** Stores an event; false if it is stored already. */
    record: (provider: string, event: NewProviderEvent, now: Date) => record({ provider, event, now }),
    /** Claims events that are due until the lease expires; then another process may claim them. */
    async claim({ now, leaseExpiresAt, limit }: Claim): Promise<ProviderEvent[]> {
      const rows = await query<ClaimedRow>(pool, claimEvents, [now, leaseExpiresAt, limit]);
      return rows.map(({ paymentId, transactionId, ...event }) =>
        paymentId === null ? { ...event, transactionId: transactionId! } : { ...event, paymentId },
      );
    },
    handled: (events: readonly ProviderEvent[], now: Date) => handled({ events, now }),
    /** Postpones an event; without a time, ends its attempts. */
    async postpone({ provider, eventId }: ProviderEvent, until: Date | undefined): Promise<void> {
      await query(pool, postponeEvent, [provider, eventId, until ?? null]);
    },
  };
}

type ClaimedRow = Omit<ProviderEvent, keyof NamedPayment> & {
  readonly paymentId: string | null;
  readonly transactionId: string | null;
};

type Claim = { readonly now: Date; readonly leaseExpiresAt: Date; readonly limit: number };

type Received = { readonly provider: string; readonly event: NewProviderEvent; readonly now: Date };
type Handled = { readonly events: readonly ProviderEvent[]; readonly now: Date };

const newEvents = rowSet("received", 1, {
  provider: "text",
  event_id: "text",
  payment_id: "uuid",
  transaction_id: "text",
  type: "text",
  received_at: "timestamptz",
});

function newRow({ provider, event: { eventId, paymentId, transactionId, type }, now }: Received) {
  const names = { provider, event_id: eventId, payment_id: paymentId, transaction_id: transactionId };
  return { ...names, type, received_at: now };
}

/**
 * Inserts a batch of events, of each the first copy, and returns the places of the new ones in it. Batches of several
 * processes insert in the same order, so that none waits for the other.
 */
const insertEvents = prepared(
  "provider_events_insert",
  `WITH first_copy AS MATERIALIZED (
     SELECT DISTINCT ON (provider, event_id) * FROM ${newEvents.from} ORDER BY provider, event_id, ord
   ), stored AS (
     INSERT INTO provider_event (${newEvents.columns}, next_attempt_at)
     SELECT ${newEvents.columns}, received_at FROM first_copy ORDER BY provider, event_id
     ON CONFLICT DO NOTHING
     RETURNING provider, event_id
   )
   SELECT ord::integer AS ord FROM first_copy JOIN stored USING (provider, event_id)`,
);

const claimEvents = prepared(
  "provider_event_claim",
  `UPDATE provider_event AS e
      SET attempts = e.attempts + 1, next_attempt_at = $2
     FROM (SELECT provider, event_id FROM provider_event
            WHERE next_attempt_at <= $1
            ORDER BY next_attempt_at LIMIT $3
              FOR UPDATE SKIP LOCKED) AS due
    WHERE e.provider = due.provider AND e.event_id = due.event_id
   RETURNING e.provider, e.event_id AS "eventId", e.payment_id AS "paymentId", e.transaction_id AS "transactionId",
       e.received_at AS "receivedAt", e.attempts`,
);

const handledEvents = rowSet("done", 1, { provider: "text", event_id: "text", handled_at: "timestamptz" });

function handledRow({ provider, eventId }: ProviderEvent, now: Date) {
  return { provider, event_id: eventId, handled_at: now };
}

const markHandled = prepared(
  "provider_events_handled",
  `UPDATE provider_event AS e
      SET handled_at = done.handled_at, next_attempt_at = NULL
     FROM ${handledEvents.from}
    WHERE e.provider = done.provider AND e.event_id = done.event_id`,
);

const postponeEvent = prepared(
  "provider_event_postpone",
  `UPDATE provider_event SET next_attempt_at = $3
    WHERE provider = $1 AND event_id = $2 AND handled_at IS NULL`,
);
