import { expect } from "chai";
import { trackInFlightCalls } from "./in-flight-calls.ts";

describe("Running attempts", () => {
  it("are waited for, whether they end well or badly", async () => {
    const attempts = trackInFlightCalls();
    const [good, bad] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const answers = Promise.allSettled([attempts.track(good.promise), attempts.track(bad.promise)]);
    let isSettled = false;
    const settled = attempts.settled().then(() => (isSettled = true));
    good.resolve("done");
    await good.promise;
    expect(isSettled).to.equal(false);
    bad.reject(new Error("broken"));
    await settled;
    expect((await answers).map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
  });
});
