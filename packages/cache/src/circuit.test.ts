import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { circuit } from "./circuit.ts";

describe("the circuit in front of a store", () => {
  const works = () => Promise.resolve("value");
  const fails = () => Promise.reject<string>(new Error("refused"));
  const hangs = () => new Promise<string>(() => {});

  it("passes results on while all is well", async () => {
    expect(await setUp().guard.run(works, "nothing")).to.equal("value");
  });

  it("opens on the first failure and calls no more during its rest", async () => {
    const { guard } = setUp();
    expect(await guard.run(fails, "nothing")).to.equal("nothing");
    let called = false;
    const later = guard.run(() => ((called = true), works()), "nothing");
    expect(await later).to.equal("nothing");
    expect(called).to.equal(false);
  });

  it("waits no longer than its limit", async () => {
    const { guard } = setUp();
    expect(await guard.run(hangs, "nothing")).to.equal("nothing");
    expect(await guard.run(works, "nothing")).to.equal("nothing");
  });

  it("after its rest tries one call for which nobody waits, and closes when that works", async () => {
    const { guard, clock } = setUp();
    guard.fail(new Error("connection lost"));
    clock.ms = 1_000;
    let tries = 0;
    const tried = Promise.withResolvers<string>();
    const slow = () => ((tries += 1), tried.promise);
    const during = await Promise.all([guard.run(slow, "nothing"), guard.run(slow, "nothing")]);
    expect(during).to.deep.equal(["nothing", "nothing"]);
    expect(tries).to.equal(1);
    tried.resolve("value");
    await new Promise(setImmediate);
    expect(await guard.run(works, "nothing")).to.equal("value");
  });

  it("rests again when the try fails", async () => {
    const { guard, clock } = setUp();
    guard.fail(new Error("connection lost"));
    clock.ms = 1_000;
    await guard.run(fails, "nothing");
    await new Promise(setImmediate);
    clock.ms = 1_999;
    expect(await guard.run(works, "nothing")).to.equal("nothing");
    await new Promise(setImmediate);
    expect(await guard.run(works, "nothing")).to.equal("nothing");
  });

  it("logs once an opening, however many calls fail, and counts them all", async () => {
    const { guard, clock, lines, metrics } = setUp();
    await Promise.all(Array.from({ length: 50 }, () => guard.run(fails, "nothing")));
    clock.ms = 1_000;
    await guard.run(fails, "nothing");
    await new Promise(setImmediate);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("refused");
    expect(await metrics.metrics()).to.match(/till_cache_store_errors_total\{.*\} 51/);
    clock.ms = 2_000;
    await guard.run(works, "nothing");
    await new Promise(setImmediate);
    await guard.run(fails, "nothing");
    expect(lines).to.have.length(3);
  });
});

function setUp() {
  const clock = { ms: 0 };
  const lines: string[] = [];
  const log = createLog({ service: "order", destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics({ service: "order" });
  const guard = circuit({ log, metrics, limitMs: 20, restMs: 1_000, now: () => clock.ms });
  return { guard, clock, lines, metrics };
}
