import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  courseLine,
  eur,
  newCourse,
  newProduct,
  newSession,
  newUser,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("CreateOrder for what an upstream states wrongly", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  const wrong: [name: string, item: object][] = [
    ["a price of 9.999 euros", { price: "9.999" }],
    ["a price in an unknown currency", { price: "10.00", currency: "ZZZ" }],
    ["a price in a retired currency", { price: "10.00", currency: "HRK" }],
    ["a price of ten million million", { price: "10000000000000" }],
    ["a negative price", { price: "-5.00" }],
  ];
  const kinds = [
    { newId: newCourse, line: courseLine, reason: "COURSE_UNAVAILABLE" },
    { newId: newSession, line: sessionLine, reason: "SESSION_UNAVAILABLE" },
    { newId: newProduct, line: productLine, reason: "PRODUCT_UNAVAILABLE" },
  ];
  for (const { newId, line, reason } of kinds) {
    for (const [name, item] of wrong) {
      it(`fails with ${reason} for ${name}, and places the orders of others`, async () => {
        const id = newId();
        await putItem(environment, id, item);
        await rejectsAlone([line(id)], { code: Code.FailedPrecondition, reason, metadata: { id } });
      });
    }
  }

  it("fails with SESSION_UNAVAILABLE for a capacity below zero, and places the orders of others", async () => {
    const id = newSession();
    await putItem(environment, id, { capacity: -1 });
    await rejectsAlone([sessionLine(id)], {
      code: Code.FailedPrecondition,
      reason: "SESSION_UNAVAILABLE",
      metadata: { id },
    });
  });

  it("fails with ORDER_NOT_PAYABLE for a total that no amount can have, and places the orders of others", async () => {
    const [first, second] = [newCourse(), newCourse()];
    for (const id of [first, second]) await putItem(environment, id, { price: "9000000000000.00" });
    const notPayable = { code: Code.FailedPrecondition, reason: "ORDER_NOT_PAYABLE", metadata: {} };
    await rejectsAlone([courseLine(first), courseLine(second)], notPayable);
    const session = newSession();
    await putItem(environment, session, { price: "9000000000000.00" });
    await rejectsAlone([sessionLine(session, 100)], notPayable);
    const products = [newProduct(), newProduct()];
    for (const id of products) await putItem(environment, id, { price: "9000000000000.00" });
    await rejectsAlone([productLine(products[0]!, 100)], notPayable);
    await rejectsAlone(
      products.map((id) => productLine(id)),
      notPayable,
    );
  });

  it("stores a name that is too long or has a NUL byte as far as it can", async () => {
    const id = newCourse();
    await putItem(environment, id, { title: "a\0b" });
    const { order } = await placeOrder(environment.as(newUser()), [courseLine(id)]);
    expect(order?.items[0]?.name).to.equal("ab");
  });

  /** An order fails with `rejection`; the orders of nine others, whose courses are looked up with it, are placed. */
  async function rejectsAlone(lines: object[], rejection: object): Promise<void> {
    const others = Array.from({ length: 9 }, () =>
      placeOrder(environment.as(newUser()), [courseLine(newCourse()), sessionLine(newSession())]),
    );
    const [rejected, ...placed] = await Promise.all([
      rejectionOf(placeOrder(environment.as(newUser()), lines)),
      ...others,
    ]);
    expect(rejected).to.deep.equal(rejection);
    expect(placed).to.have.length(9);
  }
});

describe("CreateOrder at a price that has changed", () => {
  let environment: OrderEnvironment;
  before(
    async () => (environment = await startOrderEnvironment({ env: { TILL_PRICE_CACHE_SECONDS: "3600" } })),
  );
  after(() => environment.stop());

  const kinds = [
    { name: "course", newId: newCourse, line: courseLine, reason: "COURSE_UNAVAILABLE" },
    { name: "session", newId: newSession, line: sessionLine, reason: "SESSION_UNAVAILABLE" },
  ];
  const place = (items: object[], more: object = {}) => placeOrder(environment.as(newUser()), items, more);

  for (const { name, newId, line, reason } of kinds) {
    it(`sells a ${name} at the new price to the buyer who was shown it`, async () => {
      const id = newId();
      await place([line(id)]);
      await putItem(environment, id, { price: "20.00" });
      const { order } = await place([{ ...line(id), unitPrice: eur(20) }]);
      expect(order?.total).to.deep.include({ units: 20n });
      await putItem(environment, id, { price: "30.00" });
      expect((await place([line(id)], { expectedTotal: eur(30) })).order?.total?.units).to.equal(30n);
    });

    it(`tells the buyer of a ${name} who was shown another price the one it has now`, async () => {
      const id = newId();
      await place([line(id)]);
      await putItem(environment, id, { price: "20.00" });
      expect(await rejectionOf(place([{ ...line(id), unitPrice: eur(30) }]))).to.deep.include({
        reason: "PRICE_CHANGED",
        metadata: { "items[0].expected": "30.00", "items[0].current": "20.00" },
      });
    });

    it(`sells a ${name} that is on sale again at once`, async () => {
      const id = newId();
      await putItem(environment, id, { on_sale: false });
      expect(await rejectionReason(place([line(id)]))).to.equal(reason);
      await putItem(environment, id, { on_sale: true });
      expect((await place([line(id)])).order?.items).to.have.length(1);
    });
  }
});

describe("CreateOrder with a price cache of a tenth of a second", () => {
  let environment: OrderEnvironment;
  before(
    async () => (environment = await startOrderEnvironment({ env: { TILL_PRICE_CACHE_SECONDS: "0.1" } })),
  );
  after(() => environment.stop());

  it("stops selling a course that was closed", async () => {
    const id = newCourse();
    const place = () => placeOrder(environment.as(newUser()), [courseLine(id)]);
    await place();
    await putItem(environment, id, { on_sale: false });
    await eventually(async () => expect(await rejectionReason(place())).to.equal("COURSE_UNAVAILABLE"));
  });
});

/** Changes a course, session or product of the sandbox. */
async function putItem({ sandbox }: OrderEnvironment, id: string, change: object): Promise<void> {
  const response = await fetch(`${sandbox.url}/catalog/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(change),
  });
  if (!response.ok) throw new Error(await response.text());
}
