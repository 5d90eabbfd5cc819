import { expect } from "chai";
import { trackInFlightCalls } from "./in-flight-calls.ts";

describe("Running attempts", () => {
  it("are waited for, whether they end well or badly", async () => {
    const attempts = trackInFlightCalls();
    const [good, bad] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const results = Promise.allSettled([attempts.track(good.promise), attempts.track(bad.promise)]);
    let isCompleted = false;
    const completed = attempts.completed().then(() => (isCompleted = true));
    good.resolve("done");
    await good.promise;
    expect(isCompleted).to.equal(false);
    bad.reject(new Error("broken"));
    await completed;
    expect((await results).map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
  });

  it("about one payment are waited for apart from the others", async () => {
    const attempts = trackInFlightCalls();
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    void attempts.track(one.promise, "one");
    void attempts.track(other.promise, "other");
    let isEnded = false;
    const ended = attempts.ended("one").then(() => (isEnded = true));
    other.resolve();
    await attempts.ended("other");
    expect(isEnded).to.equal(false);
    one.resolve();
    await ended;
  });
});
