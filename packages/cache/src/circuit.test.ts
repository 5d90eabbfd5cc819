import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { circuit } from "./circuit.ts";

describe("the circuit in front of a store", () => {
  const works = () => Promise.resolve("value");
  const fails = () => Promise.reject<string>(new Error("connection reset"));
  const hangs = () => new Promise<string>(() => {});
  const openMs = 400;

  it("returns results while the store works", async () => {
    expect(await setUp().guard.run(works, "nothing")).to.equal("value");
  });

  it("opens on the first failure and calls no more while it is open", async () => {
    const { guard } = setUp(60_000);
    expect(await guard.run(fails, "nothing")).to.equal("nothing");
    let called = false;
    const later = guard.run(() => ((called = true), works()), "nothing");
    expect(await later).to.equal("nothing");
    expect(called).to.equal(false);
  });

  it("opens for a failure outside a call", async () => {
    const { guard } = setUp(60_000);
    guard.open(new Error("connection lost"));
    await sleep(0);
    expect(await guard.run(works, "nothing")).to.equal("nothing");
  });

  it("waits no longer than its limit", async () => {
    const { guard } = setUp(60_000);
    expect(await guard.run(hangs, "nothing")).to.equal("nothing");
    expect(await guard.run(works, "nothing")).to.equal("nothing");
  });

  it("then tries one call in the background, and closes when it succeeds", async () => {
    const { guard } = setUp();
    await guard.run(fails, "nothing");
    await sleep(openMs + 50);
    let tries = 0;
    const tried = Promise.withResolvers<string>();
    const slow = () => ((tries += 1), tried.promise);
    const during = await Promise.all([guard.run(slow, "nothing"), guard.run(slow, "nothing")]);
    expect(during).to.deep.equal(["nothing", "nothing"]);
    expect(tries).to.equal(1);
    tried.resolve("value");
    await sleep(1);
    expect(await guard.run(works, "nothing")).to.equal("value");
  });

  it("stays open when that call fails, until the next one succeeds", async () => {
    const { guard } = setUp();
    await guard.run(fails, "nothing");
    await sleep(openMs + 50);
    await guard.run(fails, "nothing");
    await sleep(1);
    let isCalled = false;
    expect(await guard.run(() => ((isCalled = true), works()), "nothing")).to.equal("nothing");
    expect(isCalled).to.equal(false);
    await sleep(openMs + 50);
    await guard.run(works, "nothing");
    await sleep(1);
    expect(await guard.run(works, "nothing")).to.equal("value");
  });

  it("logs once when it opens, however many calls fail, once when it closes, and counts the failures", async () => {
    const { guard, lines, metrics } = setUp();
    await Promise.all(Array.from({ length: 50 }, () => guard.run(fails, "nothing")));
    await sleep(openMs + 50);
    await guard.run(fails, "nothing");
    await sleep(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("connection reset");
    expect(await metrics.metrics()).to.match(/till_cache_store_errors_total\{.*\} 51/);
    await sleep(openMs + 50);
    await guard.run(works, "nothing");
    await sleep(1);
    expect(lines).to.have.length(2);
    await guard.run(fails, "nothing");
    expect(lines).to.have.length(3);
  });

  function setUp(openFor = openMs) {
    const lines: string[] = [];
    const log = createLog({ service: "order", destination: { write: (line) => void lines.push(line) } });
    const metrics = createMetrics({ service: "order" });
    const guard = circuit({ log, metrics, limitMs: 500, openMs: openFor });
    return { guard, lines, metrics };
  }
});
