import { stuckQuery, type StuckQuery } from "@till/ops";

const recovery = "nothing: recovery goes on by itself; where the provider is away, look there first";

/** What the payment service did not finish in time, what may be the cause, and what an operator can do about it. */
export const stuckQueries: readonly StuckQuery[] = [
  stuckQuery("PAYMENT", {
    name: "payments",
    remedy: recovery,
    text: `
      SELECT id, created_at AS since,
             status || ' for order ' || order_id || ': no outcome after ' || check_tries || ' checks' AS cause
        FROM payment
       WHERE status IN ('PENDING', 'UNKNOWN') AND created_at <= clock_timestamp() - interval '1 minute'
       ORDER BY created_at LIMIT $1`,
  }),
  stuckQuery("OPERATION", {
    name: "operations",
    remedy: recovery,
    text: `
      SELECT id, created_at AS since,
             kind || ' of payment ' || payment_id || ': no outcome after ' || check_tries || ' checks' AS cause
        FROM operation
       WHERE status = 'PENDING' AND kind <> 'refund' AND created_at <= clock_timestamp() - interval '1 minute'
       ORDER BY created_at LIMIT $1`,
  }),
  stuckQuery("REFUND", {
    name: "refunds",
    remedy: recovery,
    text: `
      SELECT id, created_at AS since,
             'refund of payment ' || payment_id || ': no outcome after ' || check_tries || ' checks' AS cause
        FROM operation
       WHERE status = 'PENDING' AND kind = 'refund' AND created_at <= clock_timestamp() - interval '10 minutes'
       ORDER BY created_at LIMIT $1`,
  }),
  stuckQuery("PROVIDER_EVENT", {
    name: "provider_events",
    remedy: "nothing: it is handled again by itself; npm run reconcile -- --repair syncs the payment at once",
    text: `
      SELECT event_id AS id, received_at AS since,
             type || ' of payment ' || payment_id || ': not handled after ' || attempts || ' attempts' AS cause
        FROM provider_event
       WHERE next_attempt_at IS NOT NULL AND received_at <= clock_timestamp() - interval '1 minute'
       ORDER BY received_at LIMIT $1`,
  }),
];
