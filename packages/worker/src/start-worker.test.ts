import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startWorker, type Worker } from "./start-worker.ts";

const hourMs = 60 * 60_000;

describe("startWorker", () => {
  const log = createLog({ service: "test", level: "silent" });
  let worker: Worker | undefined;

  afterEach(() => worker?.close());

  it("runs a round at the start and one for each notification", async () => {
    let rounds = 0;
    worker = startWorker({ name: "counting", everyMs: hourMs, log, run: () => void (rounds += 1) });
    await eventually(() => expect(rounds).to.equal(1));
    worker.notify();
    await eventually(() => expect(rounds).to.equal(2));
  });

  it("runs one more round for the notifications that came during a round", async () => {
    const firstRound = Promise.withResolvers<void>();
    let rounds = 0;
    worker = startWorker({
      name: "counting",
      everyMs: hourMs,
      log,
      run: async () => {
        rounds += 1;
        if (rounds === 1) await firstRound.promise;
      },
    });
    for (let count = 0; count < 5; count += 1) worker.notify();
    firstRound.resolve();
    await eventually(() => expect(rounds).to.equal(2));
    worker.notify();
    await eventually(() => expect(rounds).to.equal(3));
  });

  it("goes on without a pause while there is more", async () => {
    let rounds = 0;
    worker = startWorker({
      name: "counting",
      everyMs: hourMs,
      log,
      run: () => ((rounds += 1) < 10 ? "more" : undefined),
    });
    await eventually(() => expect(rounds).to.equal(10));
  });

  it("reports a failure, opens a new session and goes on", async () => {
    const failures: unknown[] = [];
    const closed: number[] = [];
    let opened = 0;
    let rounds = 0;
    const problem = new Error("away");
    worker = startWorker({
      name: "counting",
      everyMs: hourMs,
      log,
      open: () => {
        const number = (opened += 1);
        return { close: () => void closed.push(number) };
      },
      run: () => {
        rounds += 1;
        if (rounds <= 2) throw problem;
      },
      onFailure: (error) => failures.push(error),
    });
    await eventually(() => expect(rounds).to.equal(3));
    expect(failures).to.eql([problem, problem]);
    expect(closed).to.eql([1, 2]);
    await worker.close();
    expect(closed).to.eql([1, 2, 3]);
  });

  it("finishes the round in hand on close, and starts no other", async () => {
    const events: string[] = [];
    worker = startWorker({
      name: "counting",
      everyMs: 0,
      log,
      run: async (signal) => {
        events.push("begins");
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => setImmediate(resolve)));
        events.push("ends");
      },
    });
    await eventually(() => expect(events).to.eql(["begins"]));
    await worker.close();
    expect(events).to.eql(["begins", "ends"]);
  });

  it("closes the session of a round that does not end", async () => {
    const never = Promise.withResolvers<void>();
    let isClosed = false;
    let isRunning = false;
    worker = startWorker({
      name: "hanging",
      everyMs: hourMs,
      closeMs: 20,
      log,
      open: () => ({ close: () => void (isClosed = true) }),
      run: async () => {
        isRunning = true;
        await never.promise;
      },
    });
    await eventually(() => expect(isRunning).to.equal(true));
    await worker.close();
    expect(isClosed).to.equal(true);
  });
});
