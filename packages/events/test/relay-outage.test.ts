import { expect } from "chai";
import { fork } from "node:child_process";
import { once } from "node:events";
import { anEvent, commit, keptLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";
import { gatedBus } from "./support/gated-bus.ts";
import { idsOf, relayStage } from "./support/relay-stage.ts";

describe("the outbox relay, when something breaks,", function () {
  const stage = relayStage(process.env.TILL_TEST_POSTGRES_URL);

  it("keeps the events while the bus is away, says so once, and publishes them in order when it is back", async () => {
    const { log, messages } = keptLog();
    let failures = 0;
    stage.bus.beforePublish = () =>
      failures++ < 4 ? Promise.reject(new Error("no broker")) : Promise.resolve();
    const events = [anEvent(), anEvent(), anEvent()];
    await commit(stage.database.pool, ...events);
    stage.start({ log });
    await stage.isPublished(3);
    expect(idsOf(stage.bus)).to.deep.equal(events.map(({ id }) => id));
    expect(messages).to.deep.equal([
      "publishing events failed; trying again until it works",
      "publishing events works again",
    ]);
  });

  it("publishes the same events again when it is cut off after publishing and before deleting", async () => {
    const event = anEvent();
    stage.bus.beforePublish = async () => {
      if (stage.bus.published.length === 0) await stage.cut();
    };
    await commit(stage.database.pool, event);
    stage.start();
    await stage.isPublished(2);
    expect(idsOf(stage.bus)).to.deep.equal([event.id, event.id]);
  });

  it("has a successor publish the same events again when its process is killed before deleting", async () => {
    const events = [anEvent(), anEvent()];
    await commit(stage.database.pool, ...events);
    const doomed = fork(`${import.meta.dirname}/support/relay-that-dies.ts`, [stage.database.url]);
    const exit = once(doomed, "exit");
    const [published] = (await once(doomed, "message")) as [string[]];
    expect(published).to.deep.equal(events.map(({ id }) => id));
    await exit;
    stage.start();
    await stage.isPublished(2);
    expect(idsOf(stage.bus)).to.deep.equal(published);
  });

  it("leaves publishing to one relay at a time, and another takes over", async () => {
    const leader = stage.start();
    await commit(stage.database.pool, anEvent());
    await stage.isPublished(1);
    const standBy = gatedBus();
    stage.start({ bus: standBy });
    for (let count = 2; count <= 5; count += 1) {
      await commit(stage.database.pool, anEvent());
      await stage.isPublished(count);
    }
    expect(standBy.published).to.deep.equal([]);

    await leader.close();
    const event = anEvent();
    await commit(stage.database.pool, event);
    await eventually("the stand-by has published it", () => standBy.published.length > 0);
    expect(idsOf(standBy)).to.deep.equal([event.id]);
    expect(stage.bus.published).to.have.length(5);
  });

  it("goes on by itself after its database was away", async () => {
    const { log, messages } = keptLog();
    stage.start({ log });
    await commit(stage.database.pool, anEvent());
    await stage.isPublished(1);
    await stage.cut();
    await commit(stage.database.pool, anEvent());
    await stage.isPublished(2);
    expect(messages).to.deep.equal([
      "reading the outbox failed; trying again until it works",
      "reading the outbox works again",
    ]);
  });
});
