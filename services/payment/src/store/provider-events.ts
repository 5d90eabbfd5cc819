import { prepared, query, type Db } from "@till/postgres/statements";
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
  const keysOf = (events: readonly ProviderEvent[]) => [
    events.map(({ provider }) => provider),
    events.map(({ eventId }) => eventId),
  ];
  return {
    /** Stores an event; false if it is stored already. */
    async record(provider: string, event: NewProviderEvent, now: Date): Promise<boolean> {
      const { eventId, paymentId = null, transactionId = null, type } = event;
      const rows = await query(pool, insertEvent, [provider, eventId, paymentId, transactionId, type, now]);
      return rows.length > 0;
    },
    /** Claims events that are due until the lease expires; then another process may claim them. */
    async claim({ now, leaseExpiresAt, limit }: Claim): Promise<ProviderEvent[]> {
      const rows = await query<ClaimedRow>(pool, claimEvents, [now, leaseExpiresAt, limit]);
      return rows.map(({ paymentId, transactionId, ...event }) =>
        paymentId === null ? { ...event, transactionId: transactionId! } : { ...event, paymentId },
      );
    },
    async handled(events: readonly ProviderEvent[], now: Date): Promise<void> {
      await query(pool, markHandled, [...keysOf(events), now]);
    },
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

const insertEvent = prepared(
  "provider_event_insert",
  `INSERT INTO provider_event (provider, event_id, payment_id, transaction_id, type, received_at, next_attempt_at)
   VALUES ($1, $2, $3, $4, $5, $6, $6)
   ON CONFLICT DO NOTHING
   RETURNING 1`,
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

const markHandled = prepared(
  "provider_event_handled",
  `UPDATE provider_event AS e
      SET handled_at = $3, next_attempt_at = NULL
     FROM unnest($1::text[], $2::text[]) AS done (provider, event_id)
    WHERE e.provider = done.provider AND e.event_id = done.event_id`,
);

const postponeEvent = prepared(
  "provider_event_postpone",
  `UPDATE provider_event SET next_attempt_at = $3
    WHERE provider = $1 AND event_id = $2 AND handled_at IS NULL`,
);
