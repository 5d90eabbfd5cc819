import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../../test/support/eventually.ts";
import { ledgerLines, paymentOperations, summaryOf } from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";

/** More are in test/, with the whole system. */
const rounds = 30;

describe("Concurrent operations on one payment", function () {
  // Thirty rounds on a busy machine.
  this.timeout(60_000);
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  async function race(...calls: Promise<unknown>[]) {
    const results = await Promise.allSettled(calls);
    return results.flatMap((one) => (one.status === "rejected" ? [String(reasonOf(one.reason))] : []));
  }

  it("never capture more than is authorized", async () => {
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await operations().authorize();
      const lost = await race(
        ...[0, 1].map((replica) => operations().capture(id, { amount: 29.4, replica })),
      );
      expect(lost).to.deep.equal(["CAPTURE_EXCEEDS_AUTHORIZED"]);
      expect(summaryOf((await operations().get(id)).payment)).to.deep.equal(["AUTHORIZED", 4900, 2940, 0]);
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal([
        "authorize 4900",
        "capture 2940",
      ]);
    }
  });

  it("capture the whole amount once", async () => {
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await operations().authorize();
      const [lost, ...more] = await race(...[0, 1].map((replica) => operations().capture(id, { replica })));
      expect(more).to.deep.equal([]);
      expect(["REQUEST_IN_PROGRESS", "ILLEGAL_TRANSITION"]).to.include(lost);
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal([
        "authorize 4900",
        "capture 4900",
      ]);
      const processed = () => environment.events(orderId).filter(({ type }) => type === "payment.processed");
      await eventually(() => expect(processed()).to.have.length(1));
    }
  });

  it("either capture or void", async () => {
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await operations().authorize();
      const captureFirst = round % 2 === 0;
      const calls = [
        () => operations().capture(id, { replica: 0 }),
        () => operations().void(id, { replica: 1 }),
      ];
      const [lost, ...more] = await race(...(captureFirst ? calls : calls.reverse()).map((call) => call()));
      expect(more).to.deep.equal([]);
      expect(["REQUEST_IN_PROGRESS", "ILLEGAL_TRANSITION"]).to.include(lost);
      const [status] = summaryOf((await operations().get(id)).payment);
      ends.add(String(status));
      const second = status === "VOIDED" ? "void 4900" : "capture 4900";
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", second]);
    }
    expect([...ends].every((end) => end === "VOIDED" || end === "PROCESSED")).to.equal(true);
  });

  it("accept a key for one of two payments", async () => {
    for (let round = 0; round < 10; round++) {
      const payments = [await operations().authorize(), await operations().authorize()];
      const key = newId();
      const lost = await race(
        ...payments.map(({ id }, replica) => operations().capture(id, { key, replica })),
      );
      expect(lost).to.deep.equal(["IDEMPOTENCY_KEY_REUSED"]);
    }
  });
});
