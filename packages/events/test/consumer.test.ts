import { expect } from "chai";
import { localBus } from "../src/bus.ts";
import { consumerStage, keeping } from "./support/consumer-stage.ts";
import { aRecord, keptLog } from "./support/events.ts";

describe("a consumer", function () {
  const stage = consumerStage(process.env.TILL_TEST_POSTGRES_URL);

  it("gives an event to its handler as it was published", async () => {
    const { kept, handler } = keeping();
    await stage.consume(handler);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const json = `{"amount":99.99}`;
    const record = aRecord({ dataVersion: 3, traceparent, data: json });
    await stage.bus.publish([record]);
    const { headers } = record;
    const time = new Date(headers.ce_time!);
    const facts = { id: headers.ce_id, type: "order.created", source: "till/test", subject: record.key };
    const data = { amount: 99.99 };
    expect(kept).to.deep.equal([{ ...facts, dataVersion: 3, time, traceparent, data, json }]);
  });

  it("handles the events of different orders at once, and those of one order one after the other", async () => {
    const running = new Map<string, number>();
    const order: string[] = [];
    let most = 0;
    await stage.consume(async ({ subject, dataVersion }) => {
      expect(running.has(subject)).to.equal(false);
      running.set(subject, dataVersion);
      most = Math.max(most, running.size);
      await new Promise(setImmediate);
      order.push(`${subject}${dataVersion}`);
      running.delete(subject);
    });
    const events = [1, 2, 3].flatMap((dataVersion) =>
      ["a", "b", "c"].map((subject) => aRecord({ subject, dataVersion })),
    );
    await stage.bus.publish(events);
    expect(most).to.equal(3);
    for (const subject of ["a", "b", "c"]) {
      expect(order.filter((one) => one.startsWith(subject))).to.deep.equal(
        [1, 2, 3].map((n) => `${subject}${n}`),
      );
    }
  });

  it("skips types it has no handler for, whatever is in them", async () => {
    const { kept, handler } = keeping();
    await stage.consume(handler);
    const malformed = aRecord({ type: "order.shipped", data: "not JSON" });
    await stage.bus.publish([
      malformed,
      aRecord({ type: "constructor" }),
      aRecord({ type: "__proto__" }),
      aRecord(),
    ]);
    expect(kept).to.have.length(1);
    expect(await stage.deadLetters()).to.deep.equal([]);
  });

  it("tries again when a handler fails, and the order's next event waits for it", async () => {
    let failures = 0;
    const { kept, handler } = keeping(({ dataVersion }) => {
      if (dataVersion === 1 && failures++ < 3) throw new Error("a bad moment");
    });
    await stage.consume(handler);
    await stage.bus.publish([
      aRecord({ subject: "a", dataVersion: 1 }),
      aRecord({ subject: "a", dataVersion: 2 }),
    ]);
    expect(kept.map(({ dataVersion }) => dataVersion)).to.deep.equal([1, 2]);
    expect(await stage.deadLetters()).to.deep.equal([]);
  });

  it("waits for a database that is away instead of giving up on the events", async () => {
    const { log, messages } = keptLog();
    let failures = 0;
    const { kept, handler } = keeping(() => {
      if (failures++ < 4) throw Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
    });
    const busLog = localBus({ log });
    await stage.consume(handler, { bus: busLog, maxTries: 2 });
    await busLog.publish([aRecord({ dataVersion: 1 })]);
    await busLog.close();
    expect(kept).to.have.length(1);
    expect(failures).to.equal(5);
    expect(await stage.deadLetters()).to.deep.equal([]);
    expect(messages).to.deep.equal([
      "handling a batch of events failed; trying again until it works",
      "handling a batch of events works again",
    ]);
  });

  it("lets the service decide which failures are temporary", async () => {
    let failures = 0;
    const { kept, handler } = keeping(() => {
      if (failures++ < 4) throw new RangeError("upstream away");
    });
    await stage.consume(handler, { maxTries: 2, isTransient: (error) => error instanceof RangeError });
    await stage.bus.publish([aRecord()]);
    expect(kept).to.have.length(1);
    expect(await stage.deadLetters()).to.deep.equal([]);
  });
});
