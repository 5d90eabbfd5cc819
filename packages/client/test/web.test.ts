import { newId } from "@till/ids";
import { expect } from "chai";
import { course, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { openTcpProxy, type TcpProxy } from "../../../test/support/tcp-proxy.ts";
import { startGatewaySystem, type GatewaySystem } from "../../../services/gateway/test/support/gateway.ts";
import { startBrowser, type TestBrowser } from "../../../services/gateway/test/support/browser.ts";
import type { OrderUpdate } from "../src/index.ts";
import { createTill, priceChangesOf, isTillError } from "../src/web.ts";
import { all, cut, errorOf } from "./support/client-system.ts";
import type { Page } from "./support/page.ts";
import { startPageServer } from "./support/page-server.ts";
import { eventually } from "../../../test/support/eventually.ts";

describe("The client for browsers, through the gateway", () => {
  const unknownId = newId();
  let system: GatewaySystem;
  let proxy: TcpProxy;
  let pages: Awaited<ReturnType<typeof startPageServer>>;
  before(async () => {
    pages = await startPageServer();
    system = await startGatewaySystem({ TILL_CORS_ORIGINS: pages.url });
    proxy = await openTcpProxy(new URL(system.url).host);
  });
  after(async () => {
    proxy.close();
    pages.close();
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

  describe("in a page of Chromium, of another site", function () {
    this.timeout(60_000);
    let browser: TestBrowser;
    before(async function () {
      browser = await startBrowser(this);
    });
    after(() => browser?.close());

    it("buys and watches an order, sees why a call was rejected, and calls each service's operators' RPCs", async () => {
      const tab = await browser.open(pages.url);
      await tab.waitForFunction("globalThis.page");
      const [token, admin] = [await system.token(newUser()), await system.token("ops", "admin")];
      /** Calls a function of the page. */
      const call = <Name extends keyof Page>(name: Name, ...args: Parameters<Page[Name]>) =>
        tab.evaluate<Awaited<ReturnType<Page[Name]>>>(
          `page.${name}(${args.map((arg) => JSON.stringify(arg)).join()})`,
        );
      const { orderId, statuses, listed } = await call("buy", system.url, token, newCourse());
      expect([statuses[0], statuses.at(-1)]).to.deep.equal(["CREATED", "PAID"]);
      expect(listed).to.deep.equal([orderId]);
      expect(await call("rejection", system.url, token, newCourse())).to.deep.equal({
        ...{ reason: "PRICE_CHANGED", current: "10.00", requestId: "page-1" },
      });
      const { orders, payments } = await call("topics", system.url, admin);
      expect(orders).to.include("payment.events").and.not.include("order.events");
      expect(payments).to.include("order.events").and.not.include("payment.events");
      expect(browser.complaints.filter((line) => !line.includes("409"))).to.deep.equal([]);
    });
  });
});
