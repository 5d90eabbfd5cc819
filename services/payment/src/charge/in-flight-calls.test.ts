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
});
