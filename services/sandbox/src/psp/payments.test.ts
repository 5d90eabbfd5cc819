import { expect } from "chai";
import { createPayments, type Payment } from "./payments.ts";

function payment(id: string, payment_id: string): Payment {
  const facts = { amount: 100, currency: "EUR", order_id: "o1", created_at: "2026-01-31T12:00:00.000Z" };
  return { id, payment_id, status: "succeeded", ...facts };
}

describe("the provider's payments", () => {
  it("forgets the oldest when it is full, under both of its names", () => {
    const payments = createPayments(2);
    ["1", "2", "3"].forEach((n) => payments.add(payment(`ch_${n}`, `p${n}`)));
    const found = ["ch_1", "p1", "ch_2", "p2", "ch_3", "p3"].map((id) => payments.find(id)?.id);
    expect(found).to.eql([undefined, undefined, "ch_2", "ch_2", "ch_3", "ch_3"]);
  });

  it("still finds the newer of two payments with one payment_id when the older is forgotten", () => {
    const payments = createPayments(2);
    payments.add(payment("ch_1", "p1"));
    payments.add(payment("ch_2", "p1"));
    payments.add(payment("ch_3", "p3"));
    expect(payments.find("p1")?.id).to.equal("ch_2");
  });
});
