import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startGatewaySystem, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient, type RestReply } from "./support/rest.ts";

const berlin = { regionCode: "DE", locality: "Berlin", addressLines: ["Kastanienallee 1"] };

describe("REST under /orders and /payments", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
    await system.provider("/catalog/prod-123", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ price: "49.99", currency: "USD" }),
    });
  });
  after(() => system?.stop());

  it("creates an order and pays it, as the source's integration example does", async () => {
    const buyer = anyBuyer();
    const send = restClient(system, buyer);
    const created = await send(
      "POST",
      "/orders",
      `{
        "userId": "${buyer}",
        "items": [
          {
            "productId": "prod-123",
            "quantity": 2,
            "price": 49.99
          }
        ],
        "currency": "USD",
        "shippingAddress": {"country": "US", "city": "Portland", "street": "1 Main St", "zip": "97201"}
      }`,
      { key: newKey() },
    );
    expect(created.status, created.text).to.equal(201);
    expect(created.headers.get("location")).to.equal(`/orders/${created.body.id}`);
    expect(created.text).to.include('"totalAmount":99.98,').and.to.include('"price":49.99,');
    expect(created.body).to.include({ userId: buyer, status: "pending", currency: "USD" });
    expect(created.body.items[0]).to.include({
      orderId: created.body.id,
      productId: "prod-123",
      quantity: 2,
    });
    expect(created.body.shippingAddress).to.deep.equal({
      regionCode: "US",
      postalCode: "97201",
      locality: "Portland",
      addressLines: ["1 Main St"],
    });

    const paid = await send(
      "POST",
      "/payments",
      `{
        "orderId": "${created.body.id}",
        "amount": 99.98,
        "paymentMethod": "credit_card",
        "cardToken": "tok_approve"
      }`,
      { key: newKey() },
    );
    expect(paid.status, paid.text).to.equal(200);
    expect(paid.text).to.include('"amount":99.98,');
    expect(paid.body).to.include({
      orderId: created.body.id,
      userId: buyer,
      currency: "USD",
      status: "processed",
    });
    await eventually(async () =>
      expect((await send("GET", `/orders/${created.body.id}`)).body.status).to.equal("confirmed"),
    );
    expect((await send("GET", `/payments/${paid.body.id}`)).body).to.deep.equal(paid.body);
    const ofOrder = await send("GET", `/payments/order/${created.body.id}`);
    expect(ofOrder.body).to.deep.equal({ payments: [paid.body], nextPageToken: "" });
    const items = await send("GET", `/orders/${created.body.id}/items`);
    expect(items.body).to.deep.equal({ items: created.body.items });
  });

  it("returns the same order for the same key, with 200 and Idempotent-Replay", async () => {
    const send = restClient(system, anyBuyer());
    const [body, key] = [{ items: [{ courseId: anyCourse() }] }, newKey()];
    const created = await send("POST", "/orders", body, { key });
    const replayed = await send("POST", "/orders", body, { key });
    expect([created.status, created.headers.get("idempotent-replay")]).to.deep.equal([201, null]);
    expect([replayed.status, replayed.headers.get("idempotent-replay")]).to.deep.equal([200, "true"]);
    expect(replayed.body).to.deep.equal(created.body);
    const other = await send("POST", "/orders", { items: [{ courseId: anyCourse() }] }, { key });
    expect([other.status, other.body.reason]).to.deep.equal([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  it("takes null as if the field were left out", async () => {
    const send = restClient(system, anyBuyer());
    const given = { courseId: anyCourse(), productId: null, quantity: null, price: null };
    const order = { items: [given], userId: null, currency: null, shippingAddress: null, notes: null };
    const created = await send("POST", "/orders", order, { key: newKey() });
    expect(created.status, created.text).to.equal(201);
    const payment = { orderId: created.body.id, amount: null, cardToken: "tok_approve" };
    const { status, body } = await send("POST", "/payments", payment, { key: newKey() });
    expect([status, body.violations]).to.deep.equal([400, [{ field: "amount", description: "is required" }]]);
  });

  it("names what is wrong in its own words", async () => {
    const send = restClient(system, anyBuyer());
    const fieldsOf = ({ body }: RestReply) => body.violations.map(({ field }) => field);
    const missing = await send("POST", "/payments", { cardToken: "tok_approve" }, { key: newKey() });
    expect([missing.status, fieldsOf(missing)]).to.deep.equal([400, ["orderId", "amount"]]);
    expect(missing.body.detail).to.equal("orderId: is required; amount: is required");
    const quantity = await send(
      "POST",
      "/orders",
      { items: [{ productId: "prod-123", quantity: 1000 }] },
      { key: newKey() },
    );
    expect([quantity.status, fieldsOf(quantity)]).to.deep.equal([400, ["items[0].quantity"]]);
    const twice = await send(
      "POST",
      "/orders",
      { items: [{ productId: "prod-123", courseId: anyCourse() }] },
      { key: newKey() },
    );
    expect([twice.status, fieldsOf(twice)]).to.deep.equal([400, ["items[0]"]]);
    const precise = await send(
      "POST",
      "/orders",
      `{"items": [{"courseId": "${anyCourse()}", "price": 10.001}]}`,
      { key: newKey() },
    );
    expect([precise.status, precise.body.detail]).to.deep.equal([400, "items[0].price: EUR has 2 decimals"]);
    const keyless = await send("POST", "/orders", { items: [{ courseId: anyCourse() }] });
    expect([keyless.status, keyless.body.reason]).to.deep.equal([400, "IDEMPOTENCY_KEY_REQUIRED"]);
  });

  it("reads an amount as it is written, however a float would hold it", async () => {
    const send = restClient(system, anyBuyer());
    const priced = (price: string) =>
      send("POST", "/orders", `{"items": [{"courseId": "${anyCourse()}", "price": ${price}}]}`, {
        key: newKey(),
      });
    expect((await priced("1e1")).status).to.equal(201);
    expect((await priced("10.00")).status).to.equal(201);
    const changed = await priced("10.000000000000000001");
    expect([changed.status, changed.body.reason]).to.deep.equal([400, "INVALID_ARGUMENT"]);
    const other = await priced("9.99");
    expect([other.status, other.body.reason]).to.deep.equal([409, "PRICE_CHANGED"]);
    expect(other.body.metadata).to.include({ "items[0].expected": "9.99", "items[0].current": "10.00" });
  });

  it("lists by user, status and page, a foreign user's orders never", async () => {
    const buyer = anyBuyer();
    const send = restClient(system, buyer);
    for (let count = 0; count < 3; count += 1)
      await send("POST", "/orders", { items: [{ courseId: anyCourse() }] }, { key: newKey() });
    const first = await send("GET", `/orders?userId=${buyer}&status=pending&pageSize=2`);
    expect(first.body.orders).to.have.length(2);
    const rest = await send(
      "GET",
      `/orders?userId=${buyer}&status=pending&pageSize=2&pageToken=${encodeURIComponent(first.body.nextPageToken)}`,
    );
    expect([rest.body.orders.length, rest.body.nextPageToken]).to.deep.equal([1, ""]);
    expect((await send("GET", "/orders?status=confirmed&status=shipped")).body.orders).to.deep.equal([]);
    const foreign = await send("GET", `/orders?userId=${anyBuyer()}`);
    expect([foreign.status, foreign.body.reason]).to.deep.equal([403, "PERMISSION_DENIED"]);
    const unknown = await send("GET", "/orders?status=lost");
    expect([unknown.status, unknown.body.violations[0]?.field]).to.deep.equal([400, "status[0]"]);
    const notFound = await restClient(system, anyBuyer())("GET", `/orders/${first.body.orders[0]?.id}`);
    expect([notFound.status, notFound.body.reason]).to.deep.equal([404, "ORDER_NOT_FOUND"]);
  });

  it("sets a status by PATCH: services and admins ship, buyers cancel", async () => {
    const send = restClient(system, anyBuyer());
    const order = await send(
      "POST",
      "/orders",
      { items: [{ productId: "018f0000-0000-7000-8000-0000000000b1" }], shippingAddress: berlin },
      { key: newKey() },
    );
    const path = `/orders/${order.body.id}`;
    const payment = { orderId: order.body.id, amount: order.body.totalAmount, cardToken: "tok_approve" };
    await send("POST", "/payments", payment, { key: newKey() });
    await eventually(async () => expect((await send("GET", path)).body.status).to.equal("confirmed"));
    const denied = await send("PATCH", path, { status: "shipped" });
    expect([denied.status, denied.body.reason]).to.deep.equal([403, "PERMISSION_DENIED"]);
    const ship = restClient(system, "shop", "service");
    for (const status of ["ready_to_ship", "shipped"])
      expect((await ship("PATCH", path, { status })).body.status).to.equal(status);
    const late = await send("PATCH", path, { status: "cancelled" });
    expect([late.status, late.body.reason]).to.deep.equal([409, "ILLEGAL_TRANSITION"]);
    expect((await ship("PATCH", path, { status: "delivered" })).body.status).to.equal("delivered");

    const open = await send("POST", "/orders", { items: [{ courseId: anyCourse() }] }, { key: newKey() });
    const cancelled = await send("PATCH", `/orders/${open.body.id}`, {
      status: "cancelled",
      reason: "no time",
    });
    expect(cancelled.body.status).to.equal("cancelled");
  });

  it("refunds by an admin, and says what was declined with 402", async () => {
    const send = restClient(system, anyBuyer());
    const order = await send("POST", "/orders", { items: [{ courseId: anyCourse() }] }, { key: newKey() });
    const pay = (cardToken: string, amount = 10) =>
      send("POST", "/payments", { orderId: order.body.id, amount, cardToken }, { key: newKey() });
    const declined = await pay("tok_decline");
    expect([declined.status, declined.body.reason]).to.deep.equal([402, "PAYMENT_DECLINED"]);
    expect(declined.body.metadata).to.include({ failure_code: "insufficient_funds", retryable: "true" });
    const wrong = await pay("tok_approve", 11);
    expect([wrong.status, wrong.body.reason]).to.deep.equal([422, "AMOUNT_MISMATCH"]);
    const paid = await pay("tok_approve");
    const path = `/payments/${paid.body.id}/refund`;
    const denied = await send("POST", path, { amount: 1 }, { key: newKey() });
    expect([denied.status, denied.body.reason]).to.deep.equal([403, "PERMISSION_DENIED"]);
    const admin = restClient(system, "ops", "admin");
    const part = await admin("POST", path, `{"amount": 2.50, "reason": "late"}`, { key: newKey() });
    expect(part.text).to.include('"refunded":2.50,').and.to.include('"status":"refunded"');
    expect(part.body.refund).to.include({ currency: "EUR", status: "succeeded", reason: "late" });
    const tooMuch = await admin("POST", path, { amount: 8 }, { key: newKey() });
    expect([tooMuch.status, tooMuch.body.reason]).to.deep.equal([422, "REFUND_EXCEEDS_CAPTURED"]);
  });

  it("echoes the request id, also in a problem", async () => {
    const send = restClient(system, anyBuyer());
    const headers = { "x-request-id": "curl-1" };
    const ok = await send("GET", "/orders", undefined, { headers });
    expect(ok.headers.get("x-request-id")).to.equal("curl-1");
    const failed = await send("GET", "/orders/1", undefined, { headers });
    expect([failed.headers.get("x-request-id"), failed.body.request_id]).to.deep.equal(["curl-1", "curl-1"]);
  });
});
