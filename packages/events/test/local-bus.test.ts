import { expect } from "chai";
import { localBus } from "../src/bus.ts";
import { busContract } from "./support/bus-contract.ts";
import { aRecord, keptLog, silentLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";

describe("the local bus", () => {
  busContract(() => Promise.resolve(localBus({ log: silentLog })));

  it("acknowledges a record only when every group has dealt with it", async () => {
    const bus = localBus({ log: silentLog });
    const handled = Promise.withResolvers<void>();
    await bus.subscribe({ group: "slow", topics: ["order.events"], onBatch: () => handled.promise });
    let acknowledged = false;
    const published = bus.publish([aRecord()]).then(() => (acknowledged = true));
    await new Promise(setImmediate);
    expect(acknowledged).to.equal(false);
    handled.resolve();
    await published;
    await bus.close();
  });

  it("keeps records until the groups it was created with have subscribed", async () => {
    const bus = localBus({ log: silentLog, groups: ["payment"] });
    let received = 0;
    const published = bus.publish([aRecord()]);
    await new Promise(setImmediate);
    await bus.subscribe({
      group: "payment",
      topics: ["order.events"],
      onBatch: (records) => Promise.resolve(void (received += records.length)),
    });
    await published;
    expect(received).to.equal(1);
    await bus.close();
  });

  it("tells a publisher that waits for a group that the bus has closed, so that nothing counts as published", async () => {
    const { log, messages } = keptLog();
    const bus = localBus({ log });
    await bus.subscribe({
      group: "g",
      topics: ["order.events"],
      onBatch: () => Promise.reject(new Error("no")),
    });
    const outcome = bus.publish([aRecord()]).catch((error: unknown) => error);
    await eventually("the failure is logged", () => messages.length > 0);
    await bus.close();
    expect(await outcome).to.have.property("name", "BusClosed");
    expect(messages).to.deep.equal(["handling a batch of events failed; trying again until it works"]);
  });
});
