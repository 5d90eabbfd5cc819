import { newId } from "@till/ids";
import { connect } from "@till/postgres/connect";
import type { Db } from "@till/postgres/statements";
import { createLog, createMetrics } from "@till/telemetry";
import { createHmac } from "node:crypto";
import { testDatabase } from "../../../../test/support/database.ts";
import { eventually } from "../../../../test/support/eventually.ts";
import { ProviderEvents1763800000050 } from "../../migrations/1763800000050-provider-events.ts";
import type { AuditFact } from "../../src/audit/audit-fact.ts";
import type { Payment } from "../../src/rules/payment.ts";
import { startWebhooks } from "../../src/webhooks/start-webhooks.ts";
import type { WebhookDoor } from "../../src/webhooks/webhook-server.ts";

export const secret = "whsec_0123456789abcdef";
/** The answer to a webhook that was taken. */
export const taken = [200, undefined];

/** A webhook door with a database, a clock and a listener of its own. */
export type WebhookBench = {
  readonly db: Db;
  readonly lines: string[];
  readonly audited: AuditFact[];
  /** The payments that were asked about. */
  readonly news: string[];
  door: WebhookDoor | undefined;
  /** Whether a payment is known, or what goes wrong. */
  handle: (paymentId: string) => Promise<boolean>;
  nowMs: number;
  open(kind: "sandbox" | "stripe", webhookSecret?: string | null): Promise<WebhookDoor | undefined>;
  signed(body: string, how?: { key?: string; at?: number }): string;
  post(body: string, signature?: string): Promise<unknown[]>;
  rows(): Promise<Record<string, unknown>[]>;
  /** Waits until so many events have come and all of them are handled. */
  allHandled(count: number): Promise<unknown>;
  close(): Promise<void>;
};

/** Sets the bench up, with no door open yet. */
export async function webhookBench(): Promise<WebhookBench> {
  const database = await testDatabase();
  const silent = createLog({ service: "test", level: "silent" });
  const db = await connect({ url: database.url, migrations: [ProviderEvents1763800000050], log: silent });
  const bench: WebhookBench = {
    db,
    lines: [],
    audited: [],
    news: [],
    door: undefined,
    handle: () => Promise.resolve(true),
    nowMs: Date.now(),
    open(kind, webhookSecret = secret) {
      const shared = { webhookSecret: webhookSecret ?? undefined, timeoutMs: 1_000 };
      const url = "http://127.0.0.1";
      const stripe = { kind: "stripe", secretKey: "sk_test", apiUrl: url, returnUrl: undefined } as const;
      const destination = { write: (line: string) => void bench.lines.push(line) };
      return startWebhooks({
        settings: kind === "stripe" ? { ...stripe, ...shared } : { kind, url, ...shared },
        host: "127.0.0.1",
        port: 0,
        db,
        onNews: async ({ paymentId }) => {
          bench.news.push(paymentId);
          return (await bench.handle(paymentId)) ? ({} as Payment) : undefined;
        },
        audit: { refused: (access) => void bench.audited.push(access) },
        log: createLog({ service: "test", level: "debug", destination }),
        metrics: createMetrics({ service: "test" }),
        now: () => new Date(bench.nowMs),
      });
    },
    signed(body, { key = secret, at = bench.nowMs } = {}) {
      const time = Math.floor(at / 1000);
      return `t=${time},v1=${createHmac("sha256", key).update(`${time}.${body}`).digest("hex")}`;
    },
    post: (body, signature = bench.signed(body)) =>
      deliver(`http://127.0.0.1:${bench.door!.port}/webhooks/sandbox`, body, { "psp-signature": signature }),
    async rows() {
      const result = await db.pool.query<Record<string, unknown>>(
        `SELECT event_id, attempts, handled_at IS NOT NULL AS handled, next_attempt_at FROM provider_event`,
      );
      return result.rows;
    },
    allHandled: (count) =>
      eventually(async () => {
        const all = await bench.rows();
        return all.length === count && all.every(({ handled }) => handled);
      }),
    async close() {
      await bench.door?.close();
      await db.close();
      await database.drop();
    },
  };
  return bench;
}

/** Posts a webhook; its answer's status and error code. */
export async function deliver(
  url: string,
  body: string,
  signature: Record<string, string>,
): Promise<unknown[]> {
  const headers = { "content-type": "application/json", ...signature };
  const response = await fetch(url, { method: "POST", headers, body });
  const answer = (await response.json()) as { error?: { code: string } };
  return [response.status, answer.error?.code];
}

/** What the sandbox says when a payment has succeeded. */
export function eventAbout(paymentId: string, id = `evt_${newId()}`): string {
  const data = { payment: { payment_id: paymentId } };
  return JSON.stringify({ id, type: "payment.succeeded", created: 1, data });
}
