import { expect } from "chai";
import type { Money } from "@till/gen/google/type/money_pb";
import { moneyFromProto, moneyToDecimal } from "@till/money";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import {
  brush,
  connectTo,
  firstEdition,
  freshProduct,
  notebook,
  errorOf,
  unknownId,
  type Upstreams,
} from "./support/upstream-client.ts";

const clinic = "018f0000-0000-7000-8000-0000000000e1";
const mentor = "018f0000-0000-7000-8000-0000000000e2";
const workshop = "018f0000-0000-7000-b000-0000000000ff";

describe("CourseService and CatalogService: sessions and products", () => {
  let sandbox: Sandbox;
  let service: Upstreams;

  before(async () => {
    sandbox = await startTestSandbox();
    service = await connectTo(sandbox);
  });

  after(async () => {
    service.close();
    await sandbox.close();
  });

  it("are the named ones only, unless TILL_SANDBOX_LOAD=on", async () => {
    const usual = await startTestSandbox({ load: false });
    const known = await connectTo(usual);
    const sessionIds = [clinic, workshop];
    const { sessions } = await known.courses.batchGetSessions({ sessionIds });
    expect(sessions.map(({ id }) => id)).to.eql([clinic]);
    const items = [notebook, freshProduct()].map((productId) => ({ productId, quantity: 1 }));
    const { offers } = await known.catalog.quoteItems({ items });
    expect(offers.map(({ productId }) => productId)).to.eql([notebook]);
    expect(await (await fetch(usual.url)).text()).not.to.match(/7000-[bd]…/);
    known.close();
    await usual.close();
  });

  describe("sessions", () => {
    it("have price and capacity, and a batch returns each once", async () => {
      const sessionIds = [clinic, mentor, workshop.toUpperCase(), unknownId, clinic.toUpperCase()];
      const { sessions } = await service.courses.batchGetSessions({ sessionIds });
      const offers = sessions.map(({ id, price, capacity, bookable }) => [
        id,
        text(price),
        capacity,
        bookable,
      ]);
      expect(offers).to.eql([
        [clinic, "EUR 25.00", 10, true],
        [mentor, "EUR 25.00", 1, true],
        [workshop, "EUR 15.00", 100, true],
      ]);
    });

    it("are found one by one; an unknown one is NOT_FOUND", async () => {
      const { session } = await service.courses.getSession({ sessionId: clinic });
      expect(session).to.include({ id: clinic, title: "Code Review Clinic", capacity: 10 });
      const rejection = await errorOf(service.courses.getSession({ sessionId: unknownId }));
      expect(rejection).to.eql({ reason: "SESSION_NOT_FOUND", metadata: { id: unknownId } });
    });
  });

  describe("QuoteItems", () => {
    it("returns the current offer of each known product once, with free delivery and no discount", async () => {
      const pencil = freshProduct();
      const items = [notebook, firstEdition, pencil, unknownId, notebook.toUpperCase()].map(one);
      const { offers, shippingFee, discount } = await service.catalog.quoteItems({ items });
      expect(offers.map(({ productId, unitPrice }) => [productId, text(unitPrice)])).to.eql([
        [notebook, "EUR 12.50"],
        [firstEdition, "EUR 80.00"],
        [pencil, "EUR 5.00"],
      ]);
      expect(offers[0]).to.include({ offerId: `offer-${notebook}`, name: "Dotted Notebook" });
      expect([shippingFee, discount]).to.eql([undefined, undefined]);
    });

    it("has a delivery fee to Iceland, in the currency of the goods", async () => {
      const euros = await service.catalog.quoteItems({ items: [one(notebook)], regionCode: "IS" });
      expect(text(euros.shippingFee)).to.equal("EUR 9.90");
      const yen = await service.catalog.quoteItems({ items: [one(brush)], regionCode: "IS" });
      expect(text(yen.offers[0]?.unitPrice)).to.equal("JPY 1500");
      expect(text(yen.shippingFee)).to.equal("JPY 1200");
      const elsewhere = await service.catalog.quoteItems({ items: [one(brush)], regionCode: "DE" });
      expect(elsewhere.shippingFee).to.equal(undefined);
    });

    it("discounts all goods of a sale cart by 10 %, rounded down, and not the delivery", async () => {
      const items = [{ productId: notebook, quantity: 3 }, one(firstEdition)];
      const sale = { items, cartId: "sale-spring", regionCode: "IS" };
      const { discount, shippingFee } = await service.catalog.quoteItems(sale);
      expect([text(discount), text(shippingFee)]).to.eql(["EUR 11.75", "EUR 9.90"]);
      const full = await service.catalog.quoteItems({ ...sale, cartId: "on-sale-" });
      expect(full.discount).to.equal(undefined);
    });

    it("has neither fee nor discount for two currencies or unknown products", async () => {
      const both = [notebook, brush].map(one);
      for (const items of [both, [one(unknownId)]]) {
        const quote = await service.catalog.quoteItems({ items, cartId: "sale-1", regionCode: "IS" });
        expect([quote.shippingFee, quote.discount]).to.eql([undefined, undefined]);
      }
    });

    it("returns the lines of a cart and quotes its products, where the request has none", async () => {
      const { cartLines, offers, discount } = await service.catalog.quoteItems({ cartId: "sale-1" });
      const lines = cartLines.map(({ item, quantity }) => [item.case, item.value, quantity]);
      expect(lines).to.deep.equal([["productId", notebook, 2]]);
      expect([offers.map(({ productId }) => productId), text(discount)]).to.eql([[notebook], "EUR 2.50"]);
      const withItems = await service.catalog.quoteItems({ items: [one(brush)], cartId: "sale-1" });
      expect(withItems.cartLines).to.deep.equal([]);
      expect((await service.catalog.quoteItems({ cartId: "no-such" })).cartLines).to.deep.equal([]);
    });

    it("is allowed to services and admins, for up to 100 lines of at least one", async () => {
      const user = await connectTo(sandbox, "user=018f0000-0000-7000-8000-0000000000a1");
      const denied = await errorOf(user.catalog.quoteItems({ items: [one(notebook)] }));
      user.close();
      expect(denied.reason).to.equal("PERMISSION_DENIED");
      for (const items of [
        Array.from({ length: 101 }, () => one(notebook)),
        [{ ...one(notebook), quantity: 0 }],
      ]) {
        const { reason } = await errorOf(service.catalog.quoteItems({ items }));
        expect(reason).to.equal("INVALID_ARGUMENT");
      }
    });
  });
});

function one(productId: string) {
  return { productId, quantity: 1 };
}

function text(money: Money | undefined): string | undefined {
  return money && `${money.currencyCode} ${moneyToDecimal(moneyFromProto(money))}`;
}
