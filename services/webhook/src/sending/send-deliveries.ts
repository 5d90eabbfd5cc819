import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import { withTimeout } from "@till/worker/with-timeout";
import type { Receivers } from "../receivers/receivers.ts";
import { signedHeaders } from "../receivers/signature.ts";
import { outcomeOf, type Schedule } from "../rules/delivery.ts";
import type { Leased, Queue } from "../store/queue.ts";
import type { Secrets } from "../store/secrets.ts";
import type { WebhookTelemetry } from "../telemetry.ts";

type SendOptions = {
  readonly queue: Queue;
  readonly secrets: Pick<Secrets, "validOf">;
  readonly receivers: Receivers;
  readonly telemetry: WebhookTelemetry;
  readonly log: Log;
  readonly schedule: Schedule;
  readonly timeoutMs: number;
};

/** Deliveries under way of one process: a slow endpoint has its own few, and leaves the rest to others. */
const perEndpoint = 4;
const inAll = 256;
/** Beyond the time of an attempt, for recording it. */
const recordMs = 5_000;
const closeMs = 10_000;

/** Starts sending deliveries that are due. `close` waits for those under way; what it cuts off is sent again. */
export function startSending(options: SendOptions): Worker {
  const { queue, secrets, receivers, telemetry, log, schedule, timeoutMs } = options;
  const sending = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();

  async function deliver(leased: Leased, keys: readonly string[]): Promise<void> {
    const { url, eventId: id, payload: body } = leased;
    const headers = signedHeaders({ id, body, sentAt: new Date() }, keys);
    const response = await receivers.post({
      ...{ url, body, signal: closing.signal },
      headers: { "content-type": "application/json", "user-agent": "Till-Webhooks", ...headers },
    });
    if (closing.signal.aborted && response.statusCode === null) return;
    const outcome = outcomeOf(response, leased, schedule, Math.random());
    if (await queue.record(leased, response, outcome)) telemetry.attempted(leased, response, outcome);
  }

  function begin(leased: Leased, keys: readonly string[]): void {
    const { endpointId } = leased;
    sending.set(endpointId, (sending.get(endpointId) ?? 0) + 1);
    const delivery = deliver(leased, keys)
      // The lease expires, and the delivery is sent again.
      .catch((error: unknown) => telemetry.notRecorded(leased, error))
      .finally(() => {
        underWay.delete(delivery);
        const others = (sending.get(endpointId) ?? 1) - 1;
        if (others === 0) sending.delete(endpointId);
        else sending.set(endpointId, others);
        worker.notify();
      });
    underWay.add(delivery);
  }

  const worker = startWorker({
    name: "sending webhooks",
    everyMs: 1_000,
    gatherMs: 10,
    log,
    async run() {
      const limit = inAll - underWay.size;
      const leased = await queue.lease({ sending, perEndpoint, limit, leaseMs: timeoutMs + recordMs });
      if (leased.length === 0) return;
      const keys = await secrets.validOf([...new Set(leased.map(({ endpointId }) => endpointId))]);
      for (const one of leased) begin(one, keys.get(one.endpointId) ?? []);
      return "more";
    },
  });

  return {
    notify: worker.notify,
    async close() {
      await worker.close();
      await withTimeout(closeMs, Promise.all(underWay));
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
