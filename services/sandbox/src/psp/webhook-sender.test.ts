import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { noJournal } from "../journal.ts";
import { createEvents } from "./events.ts";
import { payment } from "../../test/support/payment-fixture.ts";
import { systemTimers } from "./scheduler.ts";
import { createWebhookSender } from "./webhook-sender.ts";

describe("the sender of webhooks", () => {
  it("drops what comes when 20,000 wait already, asks 64 times at once, and says so without a secret", async () => {
    let asked = 0;
    const silent = createServer(() => asked++).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    let said = "";
    const log = createLog({ service: "sandbox", destination: { write: (line) => (said += line) } });
    const url = `http://127.0.0.1:${port}/`;
    const sender = createWebhookSender({
      url,
      secret: "whsec_1",
      timers: systemTimers(),
      now: Date.now,
      log,
      onTaken: () => undefined,
    });
    const data = { payment: payment() };
    const record = createEvents(1, noJournal).add({
      id: "evt_1",
      type: "payment.succeeded",
      created: 0,
      data,
    });
    for (let n = 0; n < 20_000; n++) void sender.send(record);
    expect(said).to.equal("");
    await sender.send(record);
    expect(said).to.include("too many are waiting").and.include("evt_1").and.not.include("whsec");
    while (asked < 64) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([asked, record.attempts, record.delivered]).to.eql([64, 64, 0]);
    sender.close();
    silent.closeAllConnections();
    silent.close();
  });
});
