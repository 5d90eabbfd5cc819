import { expect } from "chai";
import { Registry } from "prom-client";
import { anEvent, commit } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";
import { idsOf, relayStage } from "./support/relay-stage.ts";

describe("the outbox relay", function () {
  const stage = relayStage(process.env.TILL_TEST_POSTGRES_URL);

  it("publishes what was committed, in order, and empties the outbox", async () => {
    const events = Array.from({ length: 1_200 }, (_, index) => anEvent({ dataVersion: index + 1 }));
    await commit(stage.database.pool, ...events);
    stage.start();
    await stage.isPublished(1_200);
    expect(idsOf(stage.bus)).to.deep.equal(events.map(({ id }) => id));
  });

  it("publishes a CloudEvent whose body is the text that was committed", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const event = anEvent({ traceparent, dataVersion: 7, data: `{"amount": 99.90, "name":"Zoë\\u0000"}` });
    stage.start();
    await commit(stage.database.pool, event);
    await stage.isPublished(1);
    expect(stage.bus.published[0]).to.deep.equal({
      topic: "order.events",
      key: event.subject,
      headers: {
        "content-type": "application/json",
        ce_specversion: "1.0",
        ce_id: event.id,
        ce_type: "order.created",
        ce_source: "till/test",
        ce_time: event.time.toISOString(),
        ce_subject: event.subject,
        ce_dataversion: "7",
        traceparent,
      },
      value: event.data,
    });
  });

  it("publishes an event whose transaction was slow, though later ones have been published", async () => {
    stage.start();
    const slow = await stage.database.pool.connect();
    const [early, late] = [anEvent(), anEvent()];
    await slow.query("BEGIN");
    await commit(slow, early);
    await commit(stage.database.pool, late);
    await eventually("the later one is out", () => stage.bus.published.length === 1);
    await slow.query("COMMIT");
    slow.release();
    await stage.isPublished(2);
    expect(idsOf(stage.bus)).to.deep.equal([late.id, early.id]);
  });

  it("takes what a commit just left when it is woken, long before it would look by itself", async () => {
    const relay = stage.start({ pollMs: 600_000 });
    for (let count = 1; count <= 10; count += 1) {
      await commit(stage.database.pool, anEvent());
      relay.notify();
      await stage.isPublished(count);
    }
  });

  it("removes what it has published with its next reading, and does not read again", async () => {
    const relay = stage.start({ pollMs: 600_000 });
    await commit(stage.database.pool, anEvent());
    relay.notify();
    await stage.isPublished(1);
    const before = stage.relayStatements();
    await commit(stage.database.pool, anEvent(), anEvent());
    relay.notify();
    await stage.isPublished(3);
    await relay.close();
    expect(stage.relayStatements() - before, "two, and one that leaves the lease").to.equal(3);
  });

  it("finishes the batch in hand when it is closed", async () => {
    const publishing = Promise.withResolvers<void>();
    let reached = false;
    stage.bus.beforePublish = () => {
      reached = true;
      return publishing.promise;
    };
    await commit(stage.database.pool, anEvent());
    const relay = stage.start();
    await eventually("it is publishing", () => reached);
    const closed = relay.close();
    publishing.resolve();
    await closed;
    expect(stage.bus.published).to.have.length(1);
    expect(await stage.isEmpty()).to.equal(true);
  });

  it("counts what it publishes and tells the age of what waits", async () => {
    const metrics = new Registry();
    const read = async (name: string) => (await metrics.getSingleMetric(name)!.get()).values[0]?.value;
    let open = false;
    stage.bus.beforePublish = () => (open ? Promise.resolve() : Promise.reject(new Error("no broker")));
    await commit(stage.database.pool, anEvent(), anEvent());
    stage.start({ metrics });
    await eventually("the backlog is old", async () => (await read("outbox_backlog_age_seconds"))! > 0.2);
    open = true;
    await stage.isPublished(2);
    expect(await read("events_published_total")).to.equal(2);
    await eventually("nothing waits", async () => (await read("outbox_backlog_age_seconds")) === 0);
  });
});
