import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { repeatWhile } from "../../../test/support/repeat-while.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo } from "../../../test/support/fixtures.ts";
import { byToken, price } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("ProcessPayment is idempotent", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());

  it("returns the same payment, in the body and with a trailer", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const first = await environment.pay(orderId, "tok_approve", { key });
    await environment.untilOrder(orderId, "PAID");
    let trailer: string | null = null;
    const method = byToken("tok_approve");
    const request = { orderId: orderId.toUpperCase(), amount: price, method, idempotencyKey: key };
    const onTrailer = (trailers: Headers) => void (trailer = trailers.get("idempotent-replay"));
    const second = await environment
      .payments(environment.payerOf(orderId), "user", 1)
      .processPayment(request, { onTrailer });
    expect([second.idempotentReplay, trailer]).to.deep.equal([true, "true"]);
    expect(second.payment).to.deep.equal(first.payment);
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("returns the same decline without a second provider call", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const first = await failureOf(environment.pay(orderId, "tok_decline", { key }));
    const requestsBefore = environment.psp.requestCounts.POST;
    const second = await failureOf(environment.pay(orderId, "tok_decline", { key }));
    expect([second.code, second.rawMessage]).to.deep.equal([first.code, first.rawMessage]);
    expect(second.details).to.deep.equal(first.details);
    expect(environment.psp.requestCounts.POST).to.equal(requestsBefore);
    const replays = [first, second].map(({ metadata }) => metadata.get("idempotent-replay"));
    expect(replays).to.deep.equal([null, "true"]);
  });

  it("rejects a key that was used for another request", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await environment.pay(orderId, "tok_approve", { key });
    const others = [
      () => environment.pay(orderId, "tok_decline", { key }),
      () => environment.pay(orderId, "tok_approve", { key, amount: { ...price, units: 1n } }),
      () => environment.pay(newId(), "tok_approve", { key, user: environment.payerOf(orderId) }),
    ];
    for (const other of others) {
      const error = await failureOf(other());
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
    }
  });

  it("keeps the keys of different callers apart", async () => {
    const key = newId();
    const [first, second] = await Promise.all([
      environment
        .placeOrder(ada)
        .then((orderId) => environment.pay(orderId, "tok_approve", { key, user: ada })),
      environment
        .placeOrder(bo)
        .then((orderId) => environment.pay(orderId, "tok_approve", { key, user: bo })),
    ]);
    expect([first.payment!.userId, second.payment!.userId]).to.deep.equal([ada, bo]);
    expect(first.payment!.id).to.not.equal(second.payment!.id);
  });

  it("charges once for 50 concurrent calls with one key on two replicas", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const call = (replica: number) => environment.pay(orderId, "tok_approve", { key, replica });
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
    expect(await environment.ledger(orderId)).to.have.length(1);
    await environment.untilOrder(orderId, "PAID");
    expect(environment.events(orderId)).to.have.length(1);
  });

  it("charges once for concurrent calls with different keys, 20 orders at a time", async () => {
    const orderIds = await Promise.all(Array.from({ length: 20 }, () => environment.placeOrder()));
    const outcomes = await Promise.all(
      orderIds.map(async (orderId) => {
        const results = await Promise.allSettled(
          [0, 1, 0, 1].map((replica) => payUntilEnded(orderId, replica)),
        );
        const rejected = results.flatMap((call) =>
          call.status === "rejected" ? [reasonOf(call.reason)] : [],
        );
        return { rejected, ledger: await environment.ledger(orderId) };
      }),
    );
    for (const { rejected, ledger } of outcomes) {
      expect(ledger).to.have.length(1);
      expect(rejected).to.have.length(3);
      // A call that comes after the winner's commit but before its event finds the order still being paid, or paid.
      for (const reason of rejected) expect(reason).to.be.oneOf(["PAYMENT_IN_PROGRESS", "ORDER_NOT_PAYABLE"]);
    }
    for (const orderId of orderIds) await environment.untilOrder(orderId, "PAID");
  });

  /** Pays as a caller does that repeats its request as long as it may be repeated. */
  function payUntilEnded(orderId: string, replica: number) {
    const key = newId();
    // On a busy machine the order may not respond in time.
    return repeatWhile(["UPSTREAM_UNAVAILABLE", "REQUEST_IN_PROGRESS"], () =>
      environment.pay(orderId, "tok_approve", { key, replica }),
    );
  }

  it("lets the owner pay while another user names the owner's order", async () => {
    const orderId = await environment.placeOrder();
    const otherUsersCalls = Array.from({ length: 20 }, () =>
      environment.pay(orderId, "tok_approve", { user: bo }),
    );
    const [paid, ...others] = await Promise.allSettled([environment.pay(orderId), ...otherUsersCalls]);
    expect(paid.status).to.equal("fulfilled");
    for (const other of others) {
      // The other user's payments block one another only.
      if (other.status === "fulfilled") expect.fail("another user paid");
      expect(reasonOf(other.reason)).to.be.oneOf(["ORDER_NOT_FOUND", "PAYMENT_IN_PROGRESS"]);
    }
    const order = await environment.untilOrder(orderId, "PAID");
    expect(order.failedPayments).to.equal(0);
  });

  it("finishes a payment whose caller hung up, and returns it to the repeat", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const release = environment.psp.holdResponses();
    const hangUp = new AbortController();
    const paying = failureOf(environment.pay(orderId, "tok_approve", { key, signal: hangUp.signal }));
    await eventually(async () => expect(await environment.ledger(orderId)).to.have.length(1));
    hangUp.abort();
    expect((await paying).code).to.equal(Code.Canceled);
    const early = await failureOf(environment.pay(orderId, "tok_approve", { key }));
    expect(reasonOf(early)).to.equal("REQUEST_IN_PROGRESS");
    release();
    const { payment, idempotentReplay } = await eventually(() =>
      environment.pay(orderId, "tok_approve", { key }),
    );
    expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, true]);
    expect(await environment.ledger(orderId)).to.have.length(1);
    await environment.untilOrder(orderId, "PAID");
  });
});
