import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { noJournal } from "../journal.ts";
import { createEvents } from "./events.ts";
import { payment } from "../../test/support/payment-fixture.ts";
import { systemScheduler } from "./scheduler.ts";
import { createWebhookSender } from "./webhook-sender.ts";

describe("createWebhookSender", () => {
  it("drops events beyond 20,000 undelivered ones, sends 64 concurrently, and logs no secret", async () => {
    let requests = 0;
    const silent = createServer(() => requests++).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    let logged = "";
    const log = createLog({ service: "sandbox", destination: { write: (line) => (logged += line) } });
    const url = `http://127.0.0.1:${port}/`;
    const sender = createWebhookSender({
      url,
      secret: "whsec_1",
      scheduler: systemScheduler(),
      now: Date.now,
      log,
      onDelivered: () => undefined,
    });
    const data = { payment: payment() };
    const record = createEvents(1, noJournal).add({
      id: "evt_1",
      type: "payment.succeeded",
      created: 0,
      data,
    });
    for (let n = 0; n < 20_000; n++) void sender.send(record);
    expect(logged).to.equal("");
    await sender.send(record);
    expect(logged).to.include("too many are undelivered").and.include("evt_1").and.not.include("whsec");
    while (requests < 64) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([requests, record.attempts, record.delivered]).to.eql([64, 64, 0]);
    sender.close();
    silent.closeAllConnections();
    silent.close();
  });
});
