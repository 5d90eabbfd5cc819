import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../../test/support/eventually.ts";
import { operationsOn, said, short } from "../support/payment-operations.ts";
import { paymentWorld, type PaymentWorld } from "../support/payment-service.ts";

/** More are in test/, with the whole system. */
const rounds = 30;

describe("Operations of one payment at once", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ replicas: 2 });
  });
  after(() => world?.stop());
  const on = () => operationsOn(world);

  async function race(...calls: Promise<unknown>[]) {
    const results = await Promise.allSettled(calls);
    return results.flatMap((one) => (one.status === "rejected" ? [String(reasonOf(one.reason))] : []));
  }

  it("never capture more than is held", async () => {
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await on().held();
      const lost = await race(...[0, 1].map((replica) => on().capture(id, { amount: 29.4, replica })));
      expect(lost).to.deep.equal(["CAPTURE_EXCEEDS_AUTHORIZED"]);
      expect(short((await on().get(id)).payment)).to.deep.equal(["AUTHORIZED", 4900, 2940, 0]);
      expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "capture 2940"]);
    }
  });

  it("capture all of it once", async () => {
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await on().held();
      const [lost, ...more] = await race(...[0, 1].map((replica) => on().capture(id, { replica })));
      expect(more).to.deep.equal([]);
      expect(["REQUEST_IN_PROGRESS", "ILLEGAL_TRANSITION"]).to.include(lost);
      expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "capture 4900"]);
      const processed = () => world.events(orderId).filter(({ type }) => type === "payment.processed");
      await eventually(() => expect(processed()).to.have.length(1));
    }
  });

  it("either capture or let go", async () => {
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const { id, orderId } = await on().held();
      const captureFirst = round % 2 === 0;
      const calls = [() => on().capture(id, { replica: 0 }), () => on().letGo(id, { replica: 1 })];
      const [lost, ...more] = await race(...(captureFirst ? calls : calls.reverse()).map((call) => call()));
      expect(more).to.deep.equal([]);
      expect(["REQUEST_IN_PROGRESS", "ILLEGAL_TRANSITION"]).to.include(lost);
      const [status] = short((await on().get(id)).payment);
      ends.add(String(status));
      const second = status === "VOIDED" ? "void 4900" : "capture 4900";
      expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", second]);
    }
    expect([...ends].every((end) => end === "VOIDED" || end === "PROCESSED")).to.equal(true);
  });

  it("are one for a key that is used for two payments at once", async () => {
    for (let round = 0; round < 10; round++) {
      const payments = [await on().held(), await on().held()];
      const key = newId();
      const lost = await race(...payments.map(({ id }, replica) => on().capture(id, { key, replica })));
      expect(lost).to.deep.equal(["IDEMPOTENCY_KEY_REUSED"]);
    }
  });
});
