import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import { expect } from "chai";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../test/support/eventually.ts";
import { ada, startEmbeddedSystem, type EmbeddedSystem } from "./embedded-system.ts";

const notebook = "018f0000-0000-7000-8000-0000000000b1";

describe("npm start, stopped and started again", () => {
  let folder: string;
  let system: EmbeddedSystem;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-restart-"))));
  after(async function () {
    this.timeout(60_000);
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("refunds the money captured before, with matching ledgers, and releases the stock reservation", async () => {
    const began = Date.now();
    system = await startEmbeddedSystem({ TILL_DATA_DIR: folder });
    const orderId = await buyNotebooks(3, { case: "paymentToken", value: "tok_approve" });
    await untilOrder(orderId, OrderStatus.PAID);
    await eventually(async () => expect(await stock()).to.include({ available: 997, committed: 3 }));
    await system.stop();

    system = await startEmbeddedSystem({ TILL_DATA_DIR: folder });
    expect(await stock()).to.include({ available: 997, committed: 3 });
    await system
      .ordersAs(ada)
      .cancelOrder({ orderId, reason: "changed my mind", idempotencyKey: randomUUID() });
    await untilOrder(orderId, OrderStatus.REFUNDED);
    const { entries } = await system.get<{ entries: { type: string; amount: number }[] }>(
      `/psp/ledger?order_id=${orderId}`,
    );
    expect(entries.map(({ type, amount }) => `${type} ${amount}`)).to.deep.equal([
      "charge 3750",
      "refund 3750",
    ]);
    await eventually(async () => expect(await stock()).to.include({ available: 1_000, committed: 0 }));
    await eventually(async () =>
      expect(await reconciled(began)).to.deep.equal({ matched: 1, mismatches: [] }),
    );
  }).timeout(120_000);

  it("reads the cards it stored before, be it given keys for new ones from then on", async () => {
    await system?.stop();
    system = await startEmbeddedSystem({ TILL_DATA_DIR: folder });
    const stored = await storeCard();
    await system.stop();

    const given = `given:${randomBytes(32).toString("base64")}`;
    system = await startEmbeddedSystem({ TILL_DATA_DIR: folder, TILL_ENCRYPTION_KEYS: given });
    for (const value of [stored, await storeCard()])
      await untilOrder(await buyNotebooks(1, { case: "paymentMethodId", value }), OrderStatus.PAID);
  }).timeout(120_000);

  async function buyNotebooks(
    quantity: number,
    method: { case: "paymentToken" | "paymentMethodId"; value: string },
  ): Promise<string> {
    const { order } = await system.ordersAs(ada).createOrder({
      items: [{ item: { case: "productId", value: notebook }, quantity }],
      shippingAddress: { regionCode: "DE", locality: "Berlin", addressLines: ["Kastanienallee 1"] },
      idempotencyKey: randomUUID(),
    });
    const { id: orderId, total } = order!;
    const idempotencyKey = randomUUID();
    await system.paymentsAs(ada).processPayment({ orderId, amount: total!, method, idempotencyKey });
    return orderId;
  }

  async function storeCard(): Promise<string> {
    const card = { paymentToken: "tok_approve", idempotencyKey: randomUUID() };
    return (await system.paymentsAs(ada).addPaymentMethod(card)).paymentMethod!.id;
  }

  async function untilOrder(orderId: string, status: OrderStatus): Promise<void> {
    const orders = system.ordersAs(ada);
    await eventually(async () => expect((await orders.getOrder({ orderId })).order?.status).to.equal(status));
  }

  async function stock() {
    const all = await system.get<{ product_id: string; available: number; committed: number }[]>("/stock");
    return all.find(({ product_id }) => product_id === notebook);
  }

  /** The result of a reconciliation of all three ledgers. */
  async function reconciled(from: number) {
    const payments = system.paymentsAs(ada, "admin");
    const { reconciliation: started } = await payments.startReconciliation({
      createdAfter: timestampFromMs(from),
      createdBefore: timestampFromMs(Date.now()),
      idempotencyKey: randomUUID(),
    });
    return eventually(async () => {
      const { reconciliation } = await payments.getReconciliation({ reconciliationId: started!.id });
      expect(reconciliation?.status).to.not.equal(ReconciliationStatus.RUNNING);
      return { matched: reconciliation!.matched, mismatches: reconciliation!.mismatches };
    });
  }
});
