import { expect } from "chai";
import { isExpired } from "./payment-method.ts";

describe("a card's expiry", () => {
  const card = { brand: "visa", last4: "4242", expMonth: 12, expYear: 2026 };

  it("is the end of its month, wherever on earth that is last", () => {
    expect(isExpired(card, new Date("2026-12-31T23:59:59Z"))).to.equal(false);
    expect(isExpired(card, new Date("2027-01-01T23:59:59Z"))).to.equal(false);
    expect(isExpired(card, new Date("2027-01-02T00:00:00Z"))).to.equal(true);
    expect(isExpired({ ...card, expMonth: 2 }, new Date("2026-03-02T00:00:00Z"))).to.equal(true);
  });
});
