import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startGatewaySystem, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

const notebook = "018f0000-0000-7000-8000-0000000000b1";

describe("REST under /order", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  it("creates, shows, lists and cancels an order on its six paths", async () => {
    const buyer = anyBuyer();
    const send = restClient(system, buyer);
    const created = await send(
      "POST",
      "/order/orders",
      `{
        "items": [{"product_id": "${notebook}", "quantity": 2, "price": 12.50}],
        "notes": "before noon",
        "shipping_address": {"region_code": "DE", "address_lines": ["Kastanienallee 1"]}
      }`,
      { key: newKey() },
    );
    expect(created.status, created.text).to.equal(201);
    expect(created.text).to.include('"total_amount":25.00,').and.to.include('"price":12.50}');
    expect(created.body).to.include({ user_id: buyer, status: "PENDING", notes: "before noon" });
    expect(created.body).to.not.have.property("completed_at");
    const path = `/order/orders/${created.body.order_id}`;
    expect((await send("GET", path)).body).to.deep.equal(created.body);
    for (const list of ["/order/orders?status=PENDING", "/order/user/orders"])
      expect((await send("GET", list)).body).to.deep.equal({ orders: [created.body], next_page_token: "" });
    const denied = await send("PUT", path, { status: "COMPLETED" });
    expect([denied.status, denied.body.reason]).to.deep.equal([403, "PERMISSION_DENIED"]);
    const cancelled = await send("DELETE", path);
    expect([cancelled.status, cancelled.body.status]).to.deep.equal([200, "CANCELLED"]);
  });

  it("completes a digital order that is CONFIRMED by PUT, with the time of completion", async () => {
    const send = restClient(system, anyBuyer());
    const body = { items: [{ course_id: anyCourse(), quantity: 1 }] };
    const { body: order } = await send("POST", "/order/orders", body, { key: newKey() });
    const path = `/order/orders/${order.order_id}`;
    const payment = { orderId: order.order_id, amount: order.total_amount, cardToken: "tok_approve" };
    await send("POST", "/payments", payment, { key: newKey() });
    await eventually(async () => expect((await send("GET", path)).body.status).to.equal("CONFIRMED"));
    const completed = await restClient(system, "shop", "service")("PUT", path, { status: "COMPLETED" });
    expect(completed.body.status).to.equal("COMPLETED");
    expect(completed.body.completed_at).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const unpaid = await send("PUT", path, { status: "LOST" });
    expect(unpaid.body.violations).to.deep.equal([
      { field: "status", description: "is not a status of an order" },
    ]);
  });

  it("shows an admin every user's orders, and of its own path only the caller's", async () => {
    const buyer = anyBuyer();
    const body = { items: [{ course_id: anyCourse() }] };
    const created = await restClient(system, buyer)("POST", "/order/orders", body, { key: newKey() });
    const admin = restClient(system, anyBuyer(), "admin");
    expect((await admin("GET", `/order/orders?user_id=${buyer}`)).body.orders).to.deep.equal([created.body]);
    expect((await admin("GET", "/order/orders?page_size=1")).body.orders).to.have.length(1);
    expect((await admin("GET", "/order/user/orders")).body.orders).to.deep.equal([]);
  });
});
