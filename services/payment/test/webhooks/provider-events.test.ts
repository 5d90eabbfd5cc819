import { newId } from "@till/ids";
import { expect } from "chai";
import { createLog, createMetrics } from "@till/telemetry";
import { createHmac } from "node:crypto";
import { eventually } from "../../../../test/support/eventually.ts";
import { webhookBody } from "../support/webhook-request.ts";
import { accepted, startWebhookService, type WebhookService } from "../support/webhook-service.ts";
import { handleProviderEvents } from "../../src/webhooks/handle-provider-events.ts";
import { providerEvents } from "../../src/store/provider-events.ts";
import { webhookTelemetry } from "../../src/webhooks/webhook-telemetry.ts";

const hourMs = 60 * 60_000;

describe("Provider events", () => {
  let service: WebhookService;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    service = await startWebhookService();
    service.server = await service.open();
  });
  afterEach(() => service?.close());

  it("are handled once, however often the webhook is delivered", async () => {
    const body = webhookBody(newId());
    const responses = await Promise.all(Array.from({ length: 100 }, () => service.post(body)));
    expect(responses).to.deep.equal(Array(100).fill(accepted));
    await service.allHandled(1);
    expect(await service.post(body), "and once more, later").to.deep.equal(accepted);
    await service.allHandled(1);
    expect(service.handled).to.have.length(1);
  });

  it("sync every payment, whatever their order", async () => {
    const payments = Array.from({ length: 20 }, newId);
    const bodies = payments.flatMap((id) => Array.from({ length: 5 }, () => webhookBody(id)));
    const shuffled = [...bodies, ...bodies].sort((a, b) => hashOf(a) - hashOf(b));
    await Promise.all(shuffled.map((body) => service.post(body)));
    await service.allHandled(bodies.length);
    expect(new Set(service.handled)).to.deep.equal(new Set(payments));
  });

  it("are parked until their payment is known", async () => {
    service.handle = () => Promise.resolve(service.handled.length > 2);
    await service.post(webhookBody(newId()));
    await eventually(async () => (await service.rows())[0]?.attempts === 1 && service.handled.length === 1);
    service.nowMs += 2_000;
    await eventually(() => service.handled.length === 2);
    service.nowMs += 5_000;
    await service.allHandled(1);
  });

  it("are tried for a day, and kept when they never succeed", async () => {
    await service.server!.close();
    const events = providerEvents(service.db);
    const [log, metrics] = [
      createLog({ service: "test", level: "silent" }),
      createMetrics({ service: "test" }),
    ];
    const telemetry = webhookTelemetry({ log, metrics });
    const about = {
      kind: "notice",
      eventId: "evt_1",
      type: "payment.succeeded",
      paymentId: newId(),
    } as const;
    await events.record("sandbox", about, new Date(service.nowMs));
    let tries = 0;
    const onProviderEvent = () => Promise.resolve(++tries < 0);
    const startedAt = service.nowMs;
    for (; service.nowMs < startedAt + 48 * hourMs; service.nowMs += 300_000)
      await handleProviderEvents({ events, onProviderEvent, telemetry, now: () => new Date(service.nowMs) });
    expect(tries, "ever less often").to.be.within(25, 40);
    expect(await service.rows()).to.deep.equal([
      { event_id: "evt_1", attempts: tries, handled: false, next_attempt_at: null },
    ]);
  });

  it("are tried again when handling fails, without delaying others", async () => {
    const [bad, good] = [newId(), newId()];
    service.handle = (paymentId) =>
      paymentId === bad ? Promise.reject(new Error("away")) : Promise.resolve(true);
    await service.post(webhookBody(bad));
    await service.post(webhookBody(good));
    await eventually(async () => (await service.rows()).filter(({ handled }) => handled).length === 1);
    service.handle = () => Promise.resolve(true);
    service.nowMs += 10_000;
    await service.allHandled(2);
  });

  it("are handled after a crash, each by one replica", async () => {
    const stuck = Array.from({ length: 5 }, newId);
    await service.db.pool.query(
      `INSERT INTO provider_event (provider, event_id, payment_id, type, received_at, attempts, next_attempt_at)
       SELECT 'sandbox', 'evt_' || id, id, 'payment.succeeded', $2, 1, $2 FROM unnest($1::uuid[]) AS id`,
      [stuck, new Date(service.nowMs - 60_000)],
    );
    const second = await service.open();
    await service.allHandled(5);
    await second!.close();
    expect(service.handled.toSorted(), "each by one of them").to.deep.equal(stuck.toSorted());
  });
});

function hashOf(text: string): number {
  return createHmac("sha256", "shuffle").update(text).digest().readUInt32BE();
}
