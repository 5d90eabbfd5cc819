import { expect } from "chai";
import { noJournal } from "../journal.ts";
import { behaviourOf } from "./magic-tokens.ts";
import { payment } from "../../test/support/payment-fixture.ts";
import { createPayments, type PaymentRecord } from "./payments.ts";

function record(id: string, payment_id: string, captured = 0): PaymentRecord {
  const behaviour = behaviourOf("tok_approve");
  return { payment: payment({ id, payment_id, captured }), behaviour, key: payment_id, capture: true };
}

describe("createPayments", () => {
  it("drops the oldest payment under both of its ids when it is full", () => {
    const payments = createPayments(2, noJournal);
    ["1", "2", "3"].forEach((n) => payments.save(record(`ch_${n}`, `p${n}`)));
    const found = ["ch_1", "p1", "ch_2", "p2", "ch_3", "p3"].map((id) => payments.find(id)?.payment.id);
    expect(found).to.eql([undefined, undefined, "ch_2", "ch_2", "ch_3", "ch_3"]);
  });

  it("still finds the newer of two payments with one payment_id when the older is dropped", () => {
    const payments = createPayments(2, noJournal);
    payments.save(record("ch_1", "p1"));
    payments.save(record("ch_2", "p1"));
    payments.save(record("ch_3", "p3"));
    expect(payments.find("p1")?.payment.id).to.equal("ch_2");
  });

  it("replaces a payment without dropping another", () => {
    const payments = createPayments(2, noJournal);
    ["1", "2"].forEach((n) => payments.save(record(`ch_${n}`, `p${n}`)));
    payments.save(record("ch_1", "p1", 100));
    expect(payments.find("p1")?.payment.captured).to.equal(100);
    expect(payments.find("p2")?.payment.id).to.equal("ch_2");
  });
});
