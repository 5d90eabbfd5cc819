import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, paymentWorld, price, type PaymentWorld } from "./support/payment-service.ts";

describe("Repeating ProcessPayment", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ replicas: 2 });
  });
  after(() => world?.stop());

  it("answers the same payment again, in the body and in a trailer", async () => {
    const orderId = await world.place();
    const key = newId();
    const first = await world.pay(orderId, "tok_approve", { key });
    await world.untilOrder(orderId, "PAID");
    let trailer: string | null = null;
    const method = { case: "paymentToken" as const, value: "tok_approve" };
    const request = { orderId: orderId.toUpperCase(), amount: price, method, idempotencyKey: key };
    const onTrailer = (trailers: Headers) => void (trailer = trailers.get("idempotent-replay"));
    const second = await world
      .payments(world.payerOf(orderId), "user", 1)
      .processPayment(request, { onTrailer });
    expect([second.idempotentReplay, trailer]).to.deep.equal([true, "true"]);
    expect(second.payment).to.deep.equal(first.payment);
    expect(await world.ledger(orderId)).to.have.length(1);
  });

  it("repeats a decline without asking the provider again", async () => {
    const orderId = await world.place();
    const key = newId();
    const first = await failureOf(world.pay(orderId, "tok_decline", { key }));
    const asked = world.psp.seen.POST;
    const second = await failureOf(world.pay(orderId, "tok_decline", { key }));
    expect([second.code, second.rawMessage]).to.deep.equal([first.code, first.rawMessage]);
    expect(second.details).to.deep.equal(first.details);
    expect(world.psp.seen.POST).to.equal(asked);
  });

  it("refuses a key that was used for another request", async () => {
    const orderId = await world.place();
    const key = newId();
    await world.pay(orderId, "tok_approve", { key });
    const others = [
      () => world.pay(orderId, "tok_decline", { key }),
      () => world.pay(orderId, "tok_approve", { key, amount: { ...price, units: 1n } }),
      () => world.pay(newId(), "tok_approve", { key, user: world.payerOf(orderId) }),
    ];
    for (const other of others) {
      const error = await failureOf(other());
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
    }
  });

  it("keeps the keys of different callers apart", async () => {
    const key = newId();
    const [first, second] = await Promise.all([
      world.place(ada).then((orderId) => world.pay(orderId, "tok_approve", { key, user: ada })),
      world.place(bo).then((orderId) => world.pay(orderId, "tok_approve", { key, user: bo })),
    ]);
    expect([first.payment!.userId, second.payment!.userId]).to.deep.equal([ada, bo]);
    expect(first.payment!.id).to.not.equal(second.payment!.id);
  });

  it("charges once for 50 concurrent calls with one key on two replicas", async () => {
    const orderId = await world.place();
    const key = newId();
    const call = (replica: number) => world.pay(orderId, "tok_approve", { key, replica });
    const calls = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => call(index % 2)));
    const ids = new Set<string>();
    for (const answer of calls) {
      if (answer.status === "fulfilled") ids.add(answer.value.payment!.id);
      else {
        const error = await failureOf(Promise.reject(answer.reason as Error));
        expect([error.code, reasonOf(error)]).to.deep.equal([Code.Aborted, "REQUEST_IN_PROGRESS"]);
        expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
      }
    }
    const again = await call(1);
    expect([...ids]).to.deep.equal([again.payment!.id]);
    expect(await world.ledger(orderId)).to.have.length(1);
    await world.untilOrder(orderId, "PAID");
    expect(world.events(orderId)).to.have.length(1);
  });

  it("charges once for concurrent calls with different keys, 20 orders at a time", async () => {
    const orderIds = await Promise.all(Array.from({ length: 20 }, () => world.place()));
    const outcomes = await Promise.all(
      orderIds.map(async (orderId) => {
        const calls = [0, 1, 0, 1].map((replica) => world.pay(orderId, "tok_approve", { replica }));
        const settled = await Promise.allSettled(calls);
        const refused = settled.flatMap((call) =>
          call.status === "rejected" ? [reasonOf(call.reason)] : [],
        );
        return { refused, ledger: await world.ledger(orderId) };
      }),
    );
    for (const { refused, ledger } of outcomes) {
      expect(ledger).to.have.length(1);
      expect(refused).to.have.length(3);
      // A call that comes after the winner's commit but before its event finds the order still being paid, or paid.
      for (const reason of refused) expect(reason).to.be.oneOf(["PAYMENT_IN_PROGRESS", "ORDER_NOT_PAYABLE"]);
    }
    for (const orderId of orderIds) await world.untilOrder(orderId, "PAID");
  });

  it("lets nobody keep an owner from paying by naming the owner's order", async () => {
    const orderId = await world.place();
    const nuisance = Array.from({ length: 20 }, () => world.pay(orderId, "tok_approve", { user: bo }));
    const [paid, ...others] = await Promise.allSettled([world.pay(orderId), ...nuisance]);
    expect(paid.status).to.equal("fulfilled");
    for (const other of others) {
      // One after the other, the nuisances stand in their own way only.
      if (other.status === "fulfilled") expect.fail("somebody else paid");
      expect(reasonOf(other.reason)).to.be.oneOf(["ORDER_NOT_FOUND", "PAYMENT_IN_PROGRESS"]);
    }
    const order = await world.untilOrder(orderId, "PAID");
    expect(order.failedPayments).to.equal(0);
  });

  it("finishes a payment whose caller has gone, and answers it to the repeat", async () => {
    const orderId = await world.place();
    const key = newId();
    const release = world.psp.holdAnswers();
    const hangUp = new AbortController();
    const paying = failureOf(world.pay(orderId, "tok_approve", { key, signal: hangUp.signal }));
    await eventually(async () => expect(await world.ledger(orderId)).to.have.length(1));
    hangUp.abort();
    expect((await paying).code).to.equal(Code.Canceled);
    const early = await failureOf(world.pay(orderId, "tok_approve", { key }));
    expect(reasonOf(early)).to.equal("REQUEST_IN_PROGRESS");
    release();
    const { payment, idempotentReplay } = await eventually(() => world.pay(orderId, "tok_approve", { key }));
    expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, true]);
    expect(await world.ledger(orderId)).to.have.length(1);
    await world.untilOrder(orderId, "PAID");
  });
});
