import { expect } from "chai";
import { eventually } from "./eventually.ts";

describe("eventually", () => {
  it("returns what the check returns once it passes", async () => {
    let tries = 0;
    const third = await eventually(() => {
      tries += 1;
      expect(tries).to.equal(3);
      return `try ${tries}`;
    });
    expect(third).to.equal("try 3");
  });

  it("waits for a check that returns false", async () => {
    let tries = 0;
    await eventually(() => Promise.resolve(++tries === 2));
    expect(tries).to.equal(2);
  });

  it("tells the last failure when the time is up", async () => {
    const impossible = eventually(() => expect(1).to.equal(2), { timeoutMs: 50 });
    const message = await impossible.then(String, (error: Error) => error.message);
    expect(message).to.equal("still not after 50 ms: expected 1 to equal 2");
  });
});
