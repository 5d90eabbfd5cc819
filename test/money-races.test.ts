import { expect } from "chai";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { reasonOf } from "@till/rpc/errors";
import { agreedEnd, cents, untilAgreed, type Parties } from "./support/agreement.ts";
import { eur, newUser } from "./support/fixtures.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";

const rounds = 300;
const atOnce = 20;

/** An order of EUR 100 whose payment is authorized. */
type Held = { readonly orderId: string; readonly paymentId: string };

describe("Money that two want at once, across replicas", () => {
  let system: PaymentSystem;
  let parties: Parties;
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({ replicas: 2, env: { TILL_PSP_TIMEOUT_MS: "10000" } });
    parties = system.parties();
  });
  after(function () {
    this.timeout(120_000);
    return system?.stop();
  });

  it(`two captures of 60 of 100, then two refunds of 60 of them: one each time, ${rounds} times`, async () => {
    await inLots(async () => {
      const { orderId, paymentId } = await hold();
      const key = system.newKey();
      const capture = (amount: number, name: string) =>
        parties.payments.capturePayment({
          ...{ paymentId, amount: eur(amount), idempotencyKey: `${key}-${name}` },
        });
      const refund = (amount: number, name: string) =>
        parties.payments.refundPayment({
          ...{ paymentId, amount: eur(amount), idempotencyKey: `${key}-${name}` },
        });

      expect(await losers(capture(60, "one"), capture(60, "two"))).to.deep.equal([
        "CAPTURE_EXCEEDS_AUTHORIZED",
      ]);
      expect(await partlyTaken(orderId)).to.deep.equal({
        ...{ order: "PAYMENT_PENDING 0", payments: ["AUTHORIZED 6000"] },
        ledger: ["authorize 10000", "capture 6000"],
      });
      await capture(40, "rest");
      await untilAgreed(parties, orderId, { order: "PAID", captured: 10000, payments: ["PROCESSED"] });

      expect(await losers(refund(60, "three"), refund(60, "four"))).to.deep.equal([
        "REFUND_EXCEEDS_CAPTURED",
      ]);
      await untilAgreed(parties, orderId, {
        ...{ order: "PAID", captured: 10000, refunded: 6000, payments: ["PARTIALLY_REFUNDED"] },
        ledger: ["authorize 10000", "capture 6000", "capture 4000", "refund 6000"],
      });
    });
  }).timeout(400_000);

  it(`a capture and a void: one of them, ${rounds} times`, async () => {
    const ends: string[] = [];
    await inLots(async (round) => {
      const { orderId, paymentId } = await hold();
      const idempotencyKey = system.newKey();
      const calls = [
        () => parties.payments.capturePayment({ paymentId, amount: eur(100), idempotencyKey }),
        () => parties.payments.voidPayment({ paymentId }),
      ];
      const [loser, ...more] = await losers(...(round % 2 ? calls : calls.reverse()).map((call) => call()));
      expect(more).to.deep.equal([]);
      expect(loser).to.be.oneOf(["ILLEGAL_TRANSITION", "REQUEST_IN_PROGRESS"]);
      const { payment } = await parties.payments.getPayment({ paymentId });
      if (payment!.captured!.units > 0n) {
        await untilAgreed(parties, orderId, {
          ...{ order: "PAID", captured: 10000, payments: ["PROCESSED"] },
          ledger: ["authorize 10000", "capture 10000"],
        });
        ends.push("captured");
      } else {
        const voided = { captured: 0, payments: ["VOIDED"], ledger: ["authorize 10000", "void 10000"] };
        expect(await agreedEnd(parties, orderId)).to.deep.include(voided);
        ends.push("voided");
      }
    });
    expect(new Set(ends), "both come first now and then").to.have.lengthOf(2);
    expect(ends).to.have.lengthOf(rounds);
  }).timeout(400_000);

  async function hold(): Promise<Held> {
    const userId = newUser();
    const product = { case: "productId" as const, value: "018f0000-0000-7000-d000-00000000cafe" };
    const { order } = await system.ordersAs().createOrder({
      ...{ userId, idempotencyKey: system.newKey() },
      items: [{ item: product, quantity: 20 }],
      shippingAddress: { regionCode: "DE", addressLines: ["Kastanienallee 1"], locality: "Berlin" },
    });
    const { payment } = await parties.payments.authorizePayment({
      ...{ orderId: order!.id, amount: eur(100), idempotencyKey: system.newKey() },
      method: { case: "paymentToken", value: "tok_approve" },
    });
    return { orderId: order!.id, paymentId: payment!.id };
  }

  /** Of an order that is paid in parts, nothing counts for the order yet. */
  async function partlyTaken(orderId: string) {
    const { order } = await parties.orders.getOrder({ orderId });
    const list = await parties.payments.listPayments({ orderId });
    const payments = list.payments.map(
      ({ status, captured }) => `${PaymentStatus[status]} ${cents(captured)}`,
    );
    const ledger = (await parties.ledger(orderId)).map(({ type, amount }) => `${type} ${amount}`);
    return { order: `${OrderStatus[order!.status]} ${cents(order!.captured)}`, payments, ledger };
  }
});

async function inLots(play: (round: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < rounds; first += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => play(first + index)));
  }
}

/** The reasons of the operations that lost; one wins. */
async function losers(...calls: Promise<unknown>[]): Promise<string[]> {
  const results = await Promise.allSettled(calls);
  const lost = results.flatMap((one) =>
    one.status === "rejected" ? [String(reasonOf(one.reason) ?? one.reason)] : [],
  );
  expect(lost.length, lost.join()).to.be.lessThan(calls.length);
  return lost;
}
