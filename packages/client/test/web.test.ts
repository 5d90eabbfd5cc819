import { newId } from "@till/ids";
import { expect } from "chai";
import { course, newUser } from "../../../test/support/fixtures.ts";
import { openTcpProxy, type TcpProxy } from "../../../test/support/tcp-proxy.ts";
import { startGatewaySystem, type GatewaySystem } from "../../../services/gateway/test/support/gateway.ts";
import type { OrderUpdate } from "../src/index.ts";
import { createTill, priceChangesOf, isTillError } from "../src/web.ts";
import { all, cut, errorOf } from "./support/client-system.ts";
import { eventually } from "../../../test/support/eventually.ts";

describe("The client for browsers, through the gateway", () => {
  const unknownId = newId();
  let system: GatewaySystem;
  let proxy: TcpProxy;
  before(async () => {
    system = await startGatewaySystem();
    proxy = await openTcpProxy(new URL(system.url).host);
  });
  after(async () => {
    proxy.close();
    await system.stop();
  });

  function as(user = newUser()) {
    const token = system.token(user);
    return createTill({ url: `http://${proxy.address}`, token: () => token });
  }

  it("creates, pays and watches an order", async () => {
    const till = as();
    const { id: orderId, total: amount } = await till.orders.create({ items: [{ courseId: course }] });
    const updates = all(till.orders.watch(orderId, { until: ["PAID"] }));
    const payment = await till.payments.process({ orderId, amount, paymentToken: "tok_approve" });
    expect(payment).to.include({ status: "PROCESSED" });
    expect((await updates).at(-1)).to.include({ status: "PAID" });
    const { status, createdAt } = await till.orders.get(orderId);
    expect([status, createdAt instanceof Date]).to.deep.equal(["PAID", true]);
    expect((await all(till.orders.list())).map(({ id }) => id)).to.deep.equal([orderId]);
  });

  it("has the errors that the client for Node has", async () => {
    const till = as();
    const error = await errorOf(
      till.orders.create({
        items: [{ courseId: course, unitPrice: { currency: "EUR", amount: "45.00" } }],
      }),
    );
    if (!isTillError(error, "PRICE_CHANGED")) throw error;
    expect(error).to.include({ code: "ABORTED" });
    expect(priceChangesOf(error)).to.deep.equal([{ itemIndex: 0, expected: "45.00", current: "49.00" }]);
    const unknown = await errorOf(till.orders.get(unknownId, { requestId: "page-7" }));
    expect(unknown).to.include({ reason: "ORDER_NOT_FOUND", code: "NOT_FOUND", requestId: "page-7" });
    const invalid = await errorOf(till.orders.create({ items: [] }));
    expect(invalid).to.have.nested.property("violations[0].field", "items");
    const without = createTill({ url: system.url, token: "none" });
    expect(await errorOf(without.orders.get(unknownId))).to.include({ reason: "UNAUTHENTICATED" });
  });

  it("creates one order when the response of a create is lost", async () => {
    const user = newUser();
    const till = as(user);
    proxy.muteResponses();
    const created = till.orders.create({ items: [{ courseId: course }] });
    await eventually(async () => (await system.ordersAs(user, "user").listOrders({})).orders.length === 1);
    cut(proxy);
    expect(await created).to.include({ idempotentReplay: true });
    expect(await all(till.orders.list())).to.have.lengthOf(1);
  });

  it("resumes a watch over cuts, each version once", async () => {
    const till = as();
    const { id, version } = await till.orders.create({ items: [{ courseId: course }] });
    const seen: OrderUpdate[] = [];
    const watched = (async () => {
      for await (const update of till.orders.watch(id)) {
        seen.push(update);
        cut(proxy);
      }
    })();
    await eventually(() => seen.length > 0);
    await till.orders.cancel(id);
    await watched;
    expect(seen.map(({ kind, status }) => `${kind} ${status}`)).to.deep.equal([
      "snapshot CREATED",
      "event CANCELLED",
    ]);
    expect(seen[0]!.version).to.equal(version);
  });

  it("is UNAVAILABLE where there is no gateway, DEADLINE_EXCEEDED where none responds", async () => {
    const nowhere = createTill({ url: "http://127.0.0.1:1", token: "none", maxRetries: 1 });
    expect(await errorOf(nowhere.orders.get(unknownId))).to.include({ reason: "UNAVAILABLE" });
    const till = as();
    proxy.muteResponses();
    const late = await errorOf(till.orders.get(unknownId, { timeoutMs: 200 }));
    expect(late).to.include({ reason: "DEADLINE_EXCEEDED" });
    const aborting = new AbortController();
    const call = till.orders.get(unknownId, { signal: aborting.signal });
    aborting.abort(new Error("the page was left"));
    expect(await errorOf(call)).to.equal(aborting.signal.reason);
    cut(proxy);
  });
});
