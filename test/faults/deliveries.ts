import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";

/** When an event was made and when it reached its first consumer, in epoch milliseconds. */
export type Delivered = { readonly type: string; readonly eventAt: number; readonly receivedAt: number };

export type Deliveries = {
  readonly delivered: readonly Delivered[];
  /** Events that came after one of a later version of the same order or payment. */
  readonly outOfOrder: readonly string[];
  readonly hasFailed: (orderId: string) => boolean;
  /** Waits for the events of orders that were placed; returns those of which there are none. */
  untilComplete(orderIds: readonly string[]): Promise<string[]>;
  close(): Promise<unknown>;
};

type Record = Awaited<ReturnType<Cluster["listen"]>>["records"][number];

/** Watches what a consumer of both topics receives; an event that is published again counts once. */
export async function watchDeliveries(cluster: Cluster): Promise<Deliveries> {
  const seen = new Set<string>();
  const created = new Set<string>();
  const failed = new Set<string>();
  const versions = new Map<string, number>();
  const delivered: Delivered[] = [];
  const outOfOrder: string[] = [];
  const onRecord = (record: Record) => {
    const { key, headers } = record;
    const [id, type] = [String(headers["ce_id"]), String(headers["ce_type"])];
    if (seen.has(id)) return;
    seen.add(id);
    if (type === "order.created") created.add(String(key));
    if (type === "payment.failed") failed.add(String(key));
    delivered.push({ type, eventAt: Date.parse(String(headers["ce_time"])), receivedAt: Date.now() });
    const subject = subjectOf(record);
    const [version, latest] = [Number(headers["ce_dataversion"]), versions.get(subject) ?? 0];
    if (version < latest) outOfOrder.push(`${type} ${version} of ${subject} after version ${latest}`);
    versions.set(subject, Math.max(version, latest));
  };
  const topics = await Promise.all(
    ["order.events", "payment.events"].map((topic) => cluster.listen(topic, onRecord)),
  );
  return {
    delivered,
    outOfOrder,
    hasFailed: (orderId) => failed.has(orderId),
    async untilComplete(orderIds) {
      const missing = () => orderIds.filter((id) => !created.has(id));
      await eventually(() => missing().length === 0, { timeoutMs: 60_000 }).catch(() => undefined);
      return missing();
    },
    close: () => Promise.all(topics.map((topic) => topic.close())),
  };
}

/** Whose version an event has: an order may have several payments, and the events of all are under the order's key. */
function subjectOf({ topic, key, value }: Record): string {
  if (topic !== "payment.events") return String(key);
  return (JSON.parse(value) as { readonly paymentId: string }).paymentId;
}
