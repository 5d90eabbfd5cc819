import { connect } from "@till/postgres/connect";
import type { Db } from "@till/postgres/statements";
import { createLog, createMetrics } from "@till/telemetry";
import { testDatabase } from "../../../../test/support/database.ts";
import { eventually } from "../../../../test/support/eventually.ts";
import { webhookSecret } from "./fixtures.ts";
import { postWebhook, webhookSignature } from "./webhook-request.ts";
import { ProviderEvents1763800000050 } from "../../migrations/1763800000050-provider-events.ts";
import { ProviderEventTransactions1764100000010 } from "../../migrations/1764100000010-provider-event-transactions.ts";
import type { ProviderSettings } from "../../src/provider/provider-settings.ts";
import type { AuditFact } from "../../src/store/audit-facts.ts";
import { startWebhooks } from "../../src/webhooks/start-webhooks.ts";
import type { WebhookServer } from "../../src/webhooks/webhook-server.ts";

/** The status and error code of a webhook that was accepted. */
export const accepted = [200, undefined];

const [timeoutMs, url] = [1_000, "http://127.0.0.1"];

/** Settings of the sandbox as the provider, and of Stripe; no request is sent. */
export const sandboxSettings: ProviderSettings = { kind: "sandbox", url, webhookSecret, timeoutMs };
export const stripeSettings: ProviderSettings = {
  kind: "stripe",
  ...{ secretKey: "sk_test", apiUrl: url, returnUrl: undefined, webhookSecret, timeoutMs },
};

/** Webhook servers on a database, a clock and an audit log of their own, without a payment service behind them. */
export type WebhookService = {
  readonly db: Db;
  readonly logged: string[];
  readonly audited: AuditFact[];
  /** The payments or transactions that webhooks named, in the order in which their events were handled. */
  readonly handled: string[];
  server: WebhookServer | undefined;
  /** Returns whether the payment is known; rejects to let the handling fail. */
  handle: (paymentId: string) => Promise<boolean>;
  nowMs: number;
  open(settings?: ProviderSettings): Promise<WebhookServer | undefined>;
  signatureOf(body: string, how?: { secret?: string; atMs?: number }): string;
  /** Posts to the sandbox's endpoint. */
  post(body: string, signature?: string): Promise<unknown[]>;
  rows(): Promise<Record<string, unknown>[]>;
  /** Waits until exactly `count` events have come and each is handled. */
  allHandled(count: number): Promise<unknown>;
  close(): Promise<void>;
};

/** Sets it up, without an open server. */
export async function startWebhookService(): Promise<WebhookService> {
  const database = await testDatabase();
  const silent = createLog({ service: "test", level: "silent" });
  const db = await connect({
    url: database.url,
    migrations: [ProviderEvents1763800000050, ProviderEventTransactions1764100000010],
    log: silent,
  });
  const service: WebhookService = {
    db,
    logged: [],
    audited: [],
    handled: [],
    server: undefined,
    handle: () => Promise.resolve(true),
    nowMs: Date.now(),
    open(settings = sandboxSettings) {
      const destination = { write: (line: string) => void service.logged.push(line) };
      return startWebhooks({
        settings,
        host: "127.0.0.1",
        port: 0,
        db,
        // There are no payments that an event could tell nothing new of.
        isKnown: () => Promise.resolve(false),
        onProviderEvent({ paymentId, transactionId }) {
          service.handled.push(paymentId ?? transactionId);
          return service.handle(paymentId ?? transactionId);
        },
        audit: { rejected: (access) => void service.audited.push(access) },
        log: createLog({ service: "test", level: "debug", destination }),
        metrics: createMetrics({ service: "test" }),
        now: () => new Date(service.nowMs),
      });
    },
    signatureOf: (body, { secret, atMs = service.nowMs } = {}) =>
      webhookSignature(body, { atMs, ...(secret && { secret }) }),
    post: (body, signature = service.signatureOf(body)) =>
      postWebhook(`http://127.0.0.1:${service.server!.port}/webhooks/sandbox`, body, {
        "psp-signature": signature,
      }),
    async rows() {
      const result = await db.pool.query<Record<string, unknown>>(
        `SELECT event_id, attempts, handled_at IS NOT NULL AS handled, next_attempt_at FROM provider_event`,
      );
      return result.rows;
    },
    allHandled: (count) =>
      eventually(async () => {
        const all = await service.rows();
        return all.length === count && all.every(({ handled }) => handled);
      }),
    async close() {
      await service.server?.close();
      await db.close();
      await database.drop();
    },
  };
  return service;
}
