import { expect } from "chai";
import { createServerClock } from "./server-clock.ts";

const hourMs = 3_600_000;
/** The server is an hour ahead of this process. */
const serverTime = (ms = 0) => new Date(Date.now() + hourMs + ms);
const aheadMs = (time: Date) => time.getTime() - Date.now();

describe("The database server's clock", () => {
  it("is the process's own until it is measured, and then the server's", () => {
    const clock = createServerClock();
    expect(aheadMs(clock.now())).to.be.closeTo(0, 50);
    const at = performance.now();
    clock.measure(serverTime(), at, at);
    expect(aheadMs(clock.now())).to.be.closeTo(hourMs, 50);
  });

  it("is not moved by a measurement that took long, unless that contradicts it", () => {
    const clock = createServerClock();
    const at = performance.now();
    clock.measure(serverTime(), at, at);
    clock.measure(serverTime(400), at - 500, at + 500);
    expect(aheadMs(clock.now())).to.be.closeTo(hourMs, 50);
    clock.measure(serverTime(hourMs), at - 500, at + 500);
    expect(aheadMs(clock.now())).to.be.closeTo(2 * hourMs, 50);
  });

  it("does not step back by a little, and does by much", () => {
    const clock = createServerClock();
    const at = performance.now();
    clock.measure(serverTime(), at, at);
    const before = clock.now();
    clock.measure(serverTime(-200), at, at);
    expect(clock.now().getTime()).to.be.at.least(before.getTime());
    clock.measure(serverTime(-hourMs), at, at);
    expect(aheadMs(clock.now())).to.be.closeTo(0, 50);
  });
});
