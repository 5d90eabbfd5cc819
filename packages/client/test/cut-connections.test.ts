import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { course, newUser, notebook, otherCourse } from "../../../test/support/fixtures.ts";
import type { OrderUpdate } from "../src/index.ts";
import { all, cut, errorOf, startClientSystem, type ClientSystem } from "./support/client-system.ts";

describe("A client whose connection is cut", () => {
  let system: ClientSystem;
  before(async () => (system = await startClientSystem()));
  after(() => system.stop());
  beforeEach(() => Object.values(system.proxies).forEach(cut));

  it("creates one order when the response of a create is lost", async () => {
    const user = newUser();
    const buyer = system.as(user);
    expect(await all(buyer.orders.list())).to.deep.equal([]);
    system.proxies.orders.muteResponses();
    const created = buyer.orders.create({ items: [{ courseId: course }] });
    const id = await eventually(async () => {
      const { orders } = await system.ordersAs(user, "user").listOrders({});
      return orders[0]?.id ?? false;
    });
    cut(system.proxies.orders);
    expect(await created).to.include({ id, idempotentReplay: true });
    expect(await all(buyer.orders.list())).to.have.lengthOf(1);
  });

  it("charges once when the response of a payment is lost", async () => {
    const user = newUser();
    const buyer = system.as(user);
    const { id: orderId, total: amount } = await buyer.orders.create({ items: [{ courseId: otherCourse }] });
    expect(await all(buyer.payments.list())).to.deep.equal([]);
    system.proxies.payments.muteResponses();
    const paid = buyer.payments.process({ orderId, amount, paymentToken: "tok_approve" });
    await eventually(async () => {
      const { payments } = await system.paymentsAs(user, "user").listPayments({ orderId });
      return payments.length === 1;
    });
    cut(system.proxies.payments);
    expect(await paid).to.include({ status: "PROCESSED" });
    const { entries } = await system.provider<{ entries: unknown[] }>(`/psp/ledger?order_id=${orderId}`);
    expect(entries).to.have.lengthOf(1);
  });

  it("keeps a caller's own key over retries, and returns the first order to a later call with it", async () => {
    const buyer = system.as();
    const options = { idempotencyKey: system.newKey() };
    const order = { items: [{ courseId: course }] };
    const first = await buyer.orders.create(order, options);
    expect(await buyer.orders.create(order, options)).to.include({ id: first.id, idempotentReplay: true });
    const other = await errorOf(buyer.orders.create({ items: [{ courseId: otherCourse }] }, options));
    expect(other).to.include({ reason: "IDEMPOTENCY_KEY_REUSED", code: "ALREADY_EXISTS" });
  });

  it("receives each entry of a watched order once and in order", async () => {
    const user = newUser();
    const [buyer, shop] = [system.as(user), system.as("shop", "service")];
    const { id, total } = await buyer.orders.create({
      items: [{ productId: notebook }],
      shippingAddress: { regionCode: "DE", locality: "Berlin", addressLines: ["Invalidenstr. 1"] },
    });
    const seen: OrderUpdate[] = [];
    const watched = (async () => {
      for await (const update of buyer.orders.watch(id, { until: ["DELIVERED"] })) {
        seen.push(update);
        // Between every two messages, also those of one version.
        cut(system.proxies.orders);
      }
    })();
    await eventually(() => seen.length > 0);
    await system.paymentsAs(user, "user").processPayment({
      orderId: id,
      amount: { currencyCode: total.currency, units: 12n, nanos: 500_000_000 },
      method: { case: "paymentToken", value: "tok_approve" },
      idempotencyKey: system.newKey(),
    });
    await eventually(async () => (await shop.orders.get(id)).status === "PAID");
    for (const status of ["READY_TO_SHIP", "SHIPPED", "DELIVERED"] as const)
      await shop.orders.updateStatus(id, { status });
    await watched;
    const [snapshot, ...events] = seen;
    expect(snapshot).to.include({ kind: "snapshot", status: "CREATED" });
    const received = events.map((update) => update.kind === "event" && update.event.id);
    const history = await all(shop.orders.events(id));
    const later = history.filter((event) => event.version > snapshot!.version);
    expect(received).to.deep.equal(later.map((event) => event.id));
  });

  it("resumes a watch after a version that another one has returned", async () => {
    const buyer = system.as();
    const { id, version } = await buyer.orders.create({ items: [{ courseId: course }] });
    await buyer.orders.cancel(id, { reason: "no" });
    const updates = await all(buyer.orders.watch(id, { afterVersion: version }));
    expect(updates.map(({ kind, status }) => `${kind} ${status}`)).to.deep.equal(["event CANCELLED"]);
  });

  it("throws UNAVAILABLE where there is no server, after its retries and within its deadline", async () => {
    const nowhere = system.open({ token: "none", orderAddress: "127.0.0.1:1", maxRetries: 2 });
    const error = await errorOf(nowhere.orders.get(system.newKey()));
    expect(error).to.include({ reason: "UNAVAILABLE", code: "UNAVAILABLE" });
  });
});
