import { newId } from "@till/ids";
import { expect } from "chai";
import { createLog, createMetrics } from "@till/telemetry";
import { createHmac } from "node:crypto";
import { eventually } from "../../../../test/support/eventually.ts";
import { handleProviderEvents } from "../../src/webhooks/handle-provider-events.ts";
import { providerEvents } from "../../src/webhooks/provider-events.ts";
import { webhookTelemetry } from "../../src/webhooks/webhook-telemetry.ts";
import { eventAbout, taken, webhookBench, type WebhookBench } from "../support/webhook-service.ts";

const hourMs = 60 * 60_000;

describe("A provider's events", () => {
  let bench: WebhookBench;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    bench = await webhookBench();
    bench.door = await bench.open("sandbox");
  });
  afterEach(() => bench?.close());

  it("takes one webhook that is delivered a hundred times once", async () => {
    const body = eventAbout(newId());
    const answers = await Promise.all(Array.from({ length: 100 }, () => bench.post(body)));
    expect(answers).to.deep.equal(Array(100).fill(taken));
    await bench.allHandled(1);
    expect(await bench.post(body), "and once more, later").to.deep.equal(taken);
    await bench.allHandled(1);
    expect(bench.news).to.have.length(1);
  });

  it("asks after every payment, whatever the order its news come in", async () => {
    const payments = Array.from({ length: 20 }, newId);
    const bodies = payments.flatMap((id) => Array.from({ length: 5 }, () => eventAbout(id)));
    const shuffled = [...bodies, ...bodies].sort((a, b) => hashOf(a) - hashOf(b));
    await Promise.all(shuffled.map((body) => bench.post(body)));
    await bench.allHandled(bodies.length);
    expect(new Set(bench.news)).to.deep.equal(new Set(payments));
  });

  it("parks news about a payment that is not known yet until it is", async () => {
    bench.handle = () => Promise.resolve(bench.news.length > 2);
    await bench.post(eventAbout(newId()));
    await eventually(async () => (await bench.rows())[0]?.attempts === 1 && bench.news.length === 1);
    bench.nowMs += 2_000;
    await eventually(() => bench.news.length === 2);
    bench.nowMs += 5_000;
    await bench.allHandled(1);
  });

  it("gives up after a day, and keeps what it gave up", async () => {
    await bench.door!.close();
    const events = providerEvents(bench.db);
    const [log, metrics] = [
      createLog({ service: "test", level: "silent" }),
      createMetrics({ service: "test" }),
    ];
    const telemetry = webhookTelemetry({ log, metrics });
    const about = { kind: "news", eventId: "evt_1", type: "payment.succeeded", paymentId: newId() } as const;
    await events.record("sandbox", about, new Date(bench.nowMs));
    let asked = 0;
    const onNews = () => Promise.resolve(void asked++);
    const startedAt = bench.nowMs;
    for (; bench.nowMs < startedAt + 48 * hourMs; bench.nowMs += 300_000)
      await handleProviderEvents({ events, onNews, telemetry, now: () => new Date(bench.nowMs) });
    expect(asked, "ever more seldom").to.be.within(25, 40);
    expect(await bench.rows()).to.deep.equal([
      { event_id: "evt_1", attempts: asked, handled: false, next_attempt_at: null },
    ]);
  });

  it("tries again what could not be handled, without holding up its neighbours", async () => {
    const [bad, good] = [newId(), newId()];
    bench.handle = (paymentId) =>
      paymentId === bad ? Promise.reject(new Error("away")) : Promise.resolve(true);
    await bench.post(eventAbout(bad));
    await bench.post(eventAbout(good));
    await eventually(async () => (await bench.rows()).filter(({ handled }) => handled).length === 1);
    bench.handle = () => Promise.resolve(true);
    bench.nowMs += 10_000;
    await bench.allHandled(2);
  });

  it("takes up what a crash left behind, and shares the work with its replicas", async () => {
    const stuck = Array.from({ length: 5 }, newId);
    await bench.db.pool.query(
      `INSERT INTO provider_event (provider, event_id, payment_id, type, received_at, attempts, next_attempt_at)
       SELECT 'sandbox', 'evt_' || id, id, 'payment.succeeded', $2, 1, $2 FROM unnest($1::uuid[]) AS id`,
      [stuck, new Date(bench.nowMs - 60_000)],
    );
    const second = await bench.open("sandbox");
    await bench.allHandled(5);
    await second!.close();
    expect(bench.news.toSorted(), "each by one of them").to.deep.equal(stuck.toSorted());
  });
});

function hashOf(text: string): number {
  return createHmac("sha256", "shuffle").update(text).digest().readUInt32BE();
}
