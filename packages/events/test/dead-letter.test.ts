import { expect } from "chai";
import type { EventRecord } from "../src/bus.ts";
import { EventMalformed } from "../src/consume.ts";
import { consumerStage, keeping } from "./support/consumer-stage.ts";
import { aRecord, keptLog } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";

describe("a consumer's dead letters", function () {
  const stage = consumerStage(process.env.TILL_TEST_POSTGRES_URL);

  it("moves an unreadable event to the dead letters at once, and goes on with the next", async () => {
    const { kept, handler } = keeping();
    await stage.consume(handler);
    const good = aRecord();
    const without = (name: string): EventRecord => {
      const headers = Object.entries(aRecord().headers).filter(([one]) => one !== name);
      return { ...good, headers: Object.fromEntries(headers) };
    };
    const withHeader = (name: string, text: string): EventRecord => {
      const record = aRecord();
      return { ...record, headers: { ...record.headers, [name]: text } };
    };
    const poison = [
      ...["ce_id", "ce_type", "ce_source", "ce_specversion"].map(without),
      withHeader("ce_id", "x".repeat(5_000)),
      withHeader("ce_id", "nul\u0000"),
      withHeader("ce_time", "yesterday"),
      withHeader("ce_dataversion", "-1"),
      aRecord({ data: "" }),
      aRecord({ data: `{"nul":"\u0000"}` }),
      { topic: "order.events", key: "\u0000", headers: {}, value: "\u0000" },
    ];
    await stage.bus.publish([...poison, good]);
    expect(kept.map(({ id }) => id)).to.deep.equal([good.headers.ce_id]);
    const letters = await stage.deadLetters();
    expect(letters).to.have.length(poison.length);
    expect(
      letters.every(({ reason, tries }) => reason.startsWith("EventMalformed: ") && tries === 1),
    ).to.equal(true);
  });

  it("moves an event to the dead letters at once when its handler cannot read its body", async () => {
    await stage.consume(() => Promise.reject(new EventMalformed("amount is missing")));
    await stage.bus.publish([aRecord()]);
    expect((await stage.deadLetters()).map(({ reason, tries }) => ({ reason, tries }))).to.deep.equal([
      { reason: "EventMalformed: amount is missing", tries: 1 },
    ]);
  });

  it("gives up on an event that always fails, files it once with its reason, and goes on", async () => {
    const { log, messages } = keptLog();
    const { kept, handler } = keeping(({ data }) => {
      if (data === "poison") throw new TypeError("cannot apply this");
    });
    await stage.consume(handler, { maxTries: 3, log });
    const poison = aRecord({ subject: "a", data: `"poison"` });
    await stage.bus.publish([poison, aRecord({ subject: "a" })]);
    await stage.bus.publish([poison]);
    expect(kept).to.have.length(1);
    const [letter, ...more] = await stage.deadLetters();
    expect(more).to.deep.equal([]);
    expect(letter).to.include({ group: "payment", id: poison.headers.ce_id, key: "a", tries: 6 });
    expect(letter!.reason).to.equal("TypeError: cannot apply this");
    expect(letter!.seconds).to.be.greaterThan(0);
    expect(messages).to.deep.equal(Array(2).fill("event moved to the dead letters"));
  });

  it("does not move an event to the dead letters when it is closed between two tries", async () => {
    let tries = 0;
    const consumer = await stage.consume(() => Promise.reject(new Error(`bad ${tries++}`)));
    const outcome = stage.bus.publish([aRecord()]).catch((error: unknown) => error);
    await eventually("it has begun", () => tries > 0);
    await consumer.close();
    await stage.bus.close();
    expect(await outcome).to.have.property("name", "BusClosed");
    expect(await stage.deadLetters()).to.deep.equal([]);
  });
});
