import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../test/support/eventually.ts";
import type { Sandbox, SandboxOptions } from "../src/sandbox.ts";
import { get, operate, payWithoutResponse } from "./support/psp-client.ts";
import { startReceiver } from "./support/webhook-receiver.ts";
import { manualScheduler } from "./support/manual-scheduler.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";
import {
  connectTo,
  countsOf,
  firstEdition,
  notebook,
  errorOf,
  reservation,
  restock,
} from "./support/upstream-client.ts";

describe("a sandbox with a journal, restarted", () => {
  let folder: string;
  let journal: string;
  let sandbox: Sandbox;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-sandbox-"))));
  beforeEach(async () => {
    journal = join(folder, randomUUID());
    sandbox = await startTestSandbox({ journal });
  });
  afterEach(() => sandbox.close());
  after(() => rm(folder, { recursive: true }));

  async function restart(options: Partial<SandboxOptions> = {}): Promise<void> {
    await sandbox.close();
    sandbox = await startTestSandbox({ journal, ...options });
  }

  it("restores payments and ledger, and refunds an earlier payment", async () => {
    const [request, key] = [paymentRequest(), randomUUID()];
    const { body } = await pay(sandbox, request, { key });
    const entries = await ledgerOf(sandbox);
    await restart();
    expect((await findPayment(sandbox, request.payment_id)).body).to.eql(body);
    expect((await findPayment(sandbox, body.id)).body).to.eql(body);
    expect(await ledgerOf(sandbox)).to.eql(entries);
    const refund = await operate(sandbox, request.payment_id, "refunds", { amount: 4900 });
    expect(refund.body.payment.refunded).to.equal(4900);
    await restart();
    expect((await ledgerOf(sandbox)).map(({ type }) => type)).to.eql(["charge", "refund"]);
    expect(await readFile(journal, "utf8")).not.to.include("tok_");
  });

  it("restores idempotency keys", async () => {
    const [request, key] = [paymentRequest({ token: "tok_decline" }), randomUUID()];
    const first = await pay(sandbox, request, { key });
    await restart();
    expect(await pay(sandbox, request, { key })).to.eql({ ...first, replayed: true });
    expect((await pay(sandbox, { ...request, amount: 1 }, { key })).status).to.equal(409);
    expect(await ledgerOf(sandbox)).to.eql([]);
  });

  it("completes a pending refund", async () => {
    const request = paymentRequest({ token: "tok_refund_pending" });
    await pay(sandbox, request);
    await operate(sandbox, request.payment_id, "refunds", { amount: 4900 });
    const scheduler = manualScheduler();
    await restart({ scheduler });
    scheduler.advance(2_000);
    expect((await findPayment(sandbox, request.payment_id)).body.refunded).to.equal(4900);
    await restart({ scheduler });
    expect(scheduler.dueIn()).to.eql([]);
  });

  it("delivers undelivered webhooks, and neither delivered ones nor those never to be sent", async () => {
    const receiver = await startReceiver();
    const { webhook } = receiver;
    // The scheduler stands still: an undelivered webhook is not retried before the restart.
    await restart({ webhook, scheduler: manualScheduler() });
    const [taken, missed, silent] = ["tok_approve", "tok_approve", "tok_timeout_after_charge"].map((token) =>
      paymentRequest({ token }),
    ) as [Request, Request, Request];
    await pay(sandbox, taken);
    await receiver.waitFor(taken.payment_id, 1);
    await eventually(async () => expect(await deliveries()).to.eql([1]));
    receiver.respondWith((response) => response.writeHead(503).end());
    await pay(sandbox, missed);
    await payWithoutResponse(sandbox, silent);
    const [first] = await receiver.waitFor(missed.payment_id, 1);

    receiver.respondWith((response) => response.end());
    await restart({ webhook });
    const [, again] = await receiver.waitFor(missed.payment_id, 2);
    expect(again?.body).to.equal(first?.body);
    await eventually(async () => expect(await deliveries()).to.eql([1]));
    expect(receiver.about(taken.payment_id)).to.have.length(1);
    await restart({ webhook });
    expect(await deliveries()).to.eql([]);
    expect(receiver.about(silent.payment_id)).to.eql([]);
    await receiver.close();
  });

  it("restores stock and reservations", async () => {
    const [waiting, gone, over] = [
      reservation(),
      reservation({ lines: [{ productId: firstEdition, quantity: 1 }] }),
      reservation(),
    ];
    const before = await connectTo(sandbox);
    for (const request of [waiting, gone, over]) await before.inventory.reserve(request);
    await before.inventory.commit({ orderId: gone.orderId });
    await before.inventory.release({ orderId: over.orderId });
    await restock(sandbox, notebook, { available: 7 });
    before.close();
    await restart();
    expect([await countsOf(sandbox, notebook), await countsOf(sandbox, firstEdition)]).to.eql([
      [7, 1, 0],
      [0, 0, 1],
    ]);
    const after = await connectTo(sandbox);
    await after.inventory.commit({ orderId: waiting.orderId });
    expect((await errorOf(after.inventory.commit({ orderId: over.orderId }))).reason).to.equal(
      "RESERVATION_RELEASED",
    );
    expect(await countsOf(sandbox, notebook)).to.eql([7, 0, 1]);
    after.close();
  });

  it("releases a reservation that expired while the sandbox was stopped", async () => {
    const start = Date.now();
    const client = await connectTo(sandbox);
    await client.inventory.reserve(reservation({ expiresAt: start + 60_000 }));
    client.close();
    await restart({ now: () => start + 60_000 });
    expect(await countsOf(sandbox, notebook)).to.eql([1_000, 0, 0]);
  });

  type Request = ReturnType<typeof paymentRequest>;

  /** The numbers of deliveries of the delivered events. */
  async function deliveries(): Promise<number[]> {
    const { body } = await get<{ events: { delivered: number }[] }>(sandbox, "/events");
    return body.events.map(({ delivered }) => delivered).filter((times) => times > 0);
  }
});
