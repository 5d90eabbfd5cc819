import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startHeartbeat } from "./heartbeat.ts";

describe("A heartbeat", () => {
  it("is sent again and again until it is stopped, and lost with the first error", async () => {
    let sent = 0;
    const heartbeat = startHeartbeat(1, () => {
      sent += 1;
      return sent < 2 ? Promise.resolve() : Promise.reject(new Error(`number ${sent}`));
    });
    await eventually(() => sent > 3);
    heartbeat.stop();
    expect((heartbeat.lost.reason as Error).message).to.equal("number 2");
  });

  it("is not lost while each one succeeds", async () => {
    let sent = 0;
    const heartbeat = startHeartbeat(1, () => Promise.resolve(void (sent += 1)));
    await eventually(() => sent > 2);
    heartbeat.stop();
    expect(heartbeat.lost.aborted).to.equal(false);
  });
});
