import { expect } from "chai";
import { EventTooEarly, type IncomingEvent } from "../src/consume.ts";
import { consumerStage, keeping } from "./support/consumer-stage.ts";
import { aRecord } from "./support/events.ts";
import { eventually } from "./support/eventually.ts";

describe("an event that comes too early", function () {
  const stage = consumerStage(process.env.TILL_TEST_POSTGRES_URL);

  it("parks an event that comes too early, handles its order's later events, and applies it when it can", async () => {
    let known = false;
    const { kept, handler } = keeping(({ dataVersion }) => {
      if (dataVersion === 1 && !known) throw new EventTooEarly("no such order yet");
    });
    await stage.consume(handler);
    await stage.bus.publish([
      aRecord({ subject: "a", dataVersion: 1 }),
      aRecord({ subject: "a", dataVersion: 2 }),
    ]);
    expect(kept.map(({ dataVersion }) => dataVersion)).to.deep.equal([2]);
    expect(await stage.parkedCount()).to.equal(1);
    known = true;
    await eventually("the parked event is applied", () => kept.length === 2);
    await eventually("its parking has ended", async () => (await stage.parkedCount()) === 0);
    expect(await stage.deadLetters()).to.deep.equal([]);
  });

  it("parks an event once, though it comes again", async () => {
    await stage.consume(() => Promise.reject(new EventTooEarly("no such order yet")));
    const record = aRecord();
    await stage.bus.publish([record]);
    await stage.bus.publish([record]);
    expect(await stage.parkedCount()).to.equal(1);
  });

  it("moves an event that is too early for ever to the dead letters", async () => {
    await stage.consume(() => Promise.reject(new EventTooEarly("no such order yet")), { maxEarlyTries: 3 });
    await stage.bus.publish([aRecord()]);
    await eventually("it is filed", async () => (await stage.deadLetters()).length === 1);
    const [letter] = await stage.deadLetters();
    expect(letter).to.include({ reason: "EventTooEarly: no such order yet", tries: 3 });
    expect(letter!.seconds).to.be.greaterThan(0.2);
    expect(await stage.parkedCount()).to.equal(0);
  });

  it("moves a parked event that turns out to be poison to the dead letters", async () => {
    let tries = 0;
    await stage.consume(
      () => Promise.reject(tries++ === 0 ? new EventTooEarly("not yet") : new Error("never")),
      {
        maxTries: 2,
      },
    );
    await stage.bus.publish([aRecord()]);
    await eventually("it is filed", async () => (await stage.deadLetters()).length === 1);
    expect((await stage.deadLetters())[0]).to.include({ reason: "Error: never", tries: 3 });
    expect(await stage.parkedCount()).to.equal(0);
  });

  it("applies parked events once each, though two replicas look for them", async () => {
    let known = false;
    const running = new Set<string>();
    const applied: string[] = [];
    const handler = async ({ id }: IncomingEvent) => {
      if (!known) throw new EventTooEarly("no such order yet");
      expect(running.has(id)).to.equal(false);
      running.add(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.delete(id);
      applied.push(id);
    };
    await stage.consume(handler);
    await stage.consume(handler);
    const records = Array.from({ length: 250 }, () => aRecord());
    await stage.bus.publish(records);
    known = true;
    await eventually(
      "all are applied",
      async () => applied.length >= 250 && (await stage.parkedCount()) === 0,
    );
    expect(applied.sort()).to.deep.equal(records.map(({ headers }) => headers.ce_id).sort());
  });
});
