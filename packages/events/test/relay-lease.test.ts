import { expect } from "chai";
import { fork } from "node:child_process";
import { once } from "node:events";
import { Registry } from "prom-client";
import { RecordRejected } from "../src/bus.ts";
import { anEvent, commit } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";
import { gatedBus } from "./support/gated-bus.ts";
import { idsOf, relayStage } from "./support/relay-stage.ts";

describe("the outbox relay's lead", function () {
  const stage = relayStage(process.env.TILL_TEST_POSTGRES_URL);

  it("goes to another relay when the leader's process is stopped", async () => {
    const leader = fork(`${import.meta.dirname}/support/relay-process.ts`, [stage.database.url]);
    try {
      await commit(stage.database.pool, anEvent());
      await once(leader, "message");
      leader.kill("SIGSTOP");
      stage.start();
      const event = anEvent();
      await commit(stage.database.pool, event);
      await eventually("the stand-by has published it", () => idsOf(stage.bus).includes(event.id));
    } finally {
      leader.kill("SIGKILL");
    }
  });

  it("is left by a leader that has nothing to publish", async () => {
    const leader = stage.start({ pollMs: 4_000 });
    await commit(stage.database.pool, anEvent());
    leader.notify();
    await stage.isPublished(1);
    await eventually("the lease is left", async () => {
      const { rowCount } = await stage.database.pool.query("SELECT FROM lease WHERE expires_at > now()");
      return rowCount === 0;
    });
    const other = gatedBus();
    const relay = stage.start({ bus: other, pollMs: 600_000 });
    await commit(stage.database.pool, anEvent());
    relay.notify();
    await eventually("it is published", () => other.published.length + stage.bus.published.length === 2);
  });

  it("goes to another relay when the leader's publish does not end", async () => {
    stage.bus.beforePublish = () => new Promise(() => undefined);
    const [first, second] = [anEvent(), anEvent()];
    await commit(stage.database.pool, first);
    stage.start();
    let isHeld = false;
    await eventually("the leader has the lease", async () => {
      const { rowCount } = await stage.database.pool.query("SELECT FROM lease WHERE expires_at > now()");
      return (isHeld = rowCount === 1);
    });
    expect(isHeld).to.equal(true);
    const standBy = gatedBus();
    stage.start({ bus: standBy });
    await commit(stage.database.pool, second);
    await eventually("the stand-by has published them", () => standBy.published.length === 2);
    expect(idsOf(standBy)).to.deep.equal([first.id, second.id]);
  });

  it("goes to another relay when the bus fails the leader alone", async () => {
    stage.bus.beforePublish = () => Promise.reject(new Error("no broker"));
    const event = anEvent();
    await commit(stage.database.pool, event);
    stage.start();
    await eventually("the leader has the lease", async () => {
      const { rowCount } = await stage.database.pool.query("SELECT FROM lease WHERE expires_at > now()");
      return rowCount === 1;
    });
    const standBy = gatedBus();
    stage.start({ bus: standBy });
    await eventually("the stand-by has published it", () => standBy.published.length === 1);
    expect(idsOf(standBy)).to.deep.equal([event.id]);
  });
});

describe("an outgoing event that the bus rejects", function () {
  const stage = relayStage(process.env.TILL_TEST_POSTGRES_URL);

  it("is kept with its reason and counted, and all the others are published in order", async () => {
    const events = Array.from({ length: 20 }, (_, index) => anEvent({ dataVersion: index + 1 }));
    const bad = [events[3]!, events[4]!, events[19]!];
    const isBad = (id: string | undefined) => bad.some((event) => event.id === id);
    const publish = stage.bus.publish.bind(stage.bus);
    stage.bus.publish = (records) =>
      records.some(({ headers }) => isBad(headers.ce_id))
        ? Promise.reject(new RecordRejected("MESSAGE_TOO_LARGE"))
        : publish(records);
    const metrics = new Registry();
    await commit(stage.database.pool, ...events);
    stage.start({ metrics });
    await eventually("the outbox is empty", stage.isEmpty);
    const good = events.filter(({ id }) => !isBad(id));
    expect(idsOf(stage.bus)).to.deep.equal(good.map(({ id }) => id));
    const { rows } = await stage.database.pool.query<{
      event_id: string;
      reason: string;
      data_version: string;
    }>("SELECT event_id, reason, data_version FROM rejected_event ORDER BY data_version");
    expect(rows).to.deep.equal(
      bad.map(({ id, dataVersion }) => ({
        event_id: id,
        reason: "MESSAGE_TOO_LARGE",
        data_version: String(dataVersion),
      })),
    );
    const counted = await metrics.getSingleMetric("events_rejected_total")!.get();
    expect(counted.values[0]?.value).to.equal(3);
  });
});
