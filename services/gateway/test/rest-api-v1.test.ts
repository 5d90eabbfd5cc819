import { expect } from "chai";
import { startGatewaySystem, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

const [notebook, lastBook] = ["018f0000-0000-7000-8000-0000000000b1", "018f0000-0000-7000-8000-0000000000b2"];
const address = { region_code: "DE", locality: "Berlin", address_lines: ["Kastanienallee 1"] };

describe("REST under /api/v1", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  it("creates an order once for a key, which may be in the body, and shows it with its snapshot", async () => {
    const buyer = anyBuyer();
    const send = restClient(system, buyer);
    const body = `{
      "cart_id": "cart-7",
      "items": [{"sku_id": "${notebook}", "qty": 2, "unit_price": 12.50}],
      "shipping_address": {"region_code": "DE", "locality": "Berlin", "address_lines": ["Kastanienallee 1"]},
      "payment_method": "mock",
      "idempotency_key": "${newKey()}"
    }`;
    const created = await send("POST", "/api/v1/orders", body);
    expect(created.status, created.text).to.equal(201);
    expect(created.text).to.include('"item_total_amount":25.00,').and.to.include('"unit_price":12.50,');
    expect(created.body).to.include({
      user_id: buyer,
      status: "CREATED",
      currency: "EUR",
      cart_id: "cart-7",
    });
    expect(created.body.items[0]).to.include({ sku_id: notebook, qty: 2 });
    const replayed = await send("POST", "/api/v1/orders", body);
    expect([replayed.status, replayed.headers.get("idempotent-replay")]).to.deep.equal([200, "true"]);
    expect(replayed.body).to.deep.equal(created.body);
    const path = `/api/v1/orders/${created.body.order_id}`;
    expect((await send("GET", path)).body).to.deep.equal(created.body);
    const list = await send("GET", `/api/v1/orders?userId=${buyer}`);
    expect(list.body).to.deep.equal({ orders: [created.body], next_page_token: "" });
  });

  it("buys what is in a cart where a request names nothing else", async () => {
    const send = restClient(system, anyBuyer());
    const create = (cart_id: string) =>
      send("POST", "/api/v1/orders", { cart_id, shipping_address: address, idempotency_key: newKey() });
    const created = await create("cart-1");
    expect(created.status, created.text).to.equal(201);
    expect(created.body).to.include({ cart_id: "cart-1" });
    expect(created.body.items).to.not.have.length(0);
    const unknown = await create("no-such-cart");
    expect([unknown.status, unknown.body.reason]).to.deep.equal([422, "CART_NOT_FOUND"]);
  });

  it("rejects a price that has changed and stock that is not there with 409, and keeps no order", async () => {
    const send = restClient(system, anyBuyer());
    const create = (item: object) =>
      send("POST", "/api/v1/orders", {
        items: [item],
        shipping_address: address,
        idempotency_key: newKey(),
      });
    const changed = await create({ sku_id: notebook, qty: 1, unit_price: 11.5 });
    expect([changed.status, changed.body.reason]).to.deep.equal([409, "PRICE_CHANGED"]);
    expect(changed.body.metadata).to.include({ "items[0].expected": "11.50", "items[0].current": "12.50" });
    const soldOut = await create({ sku_id: lastBook, qty: 2 });
    expect([soldOut.status, soldOut.body.reason]).to.deep.equal([409, "OUT_OF_STOCK"]);
    const unknown = await create({ sku_id: "no-such-sku", qty: 1 });
    expect([unknown.status, unknown.body.reason]).to.deep.equal([422, "PRODUCT_NOT_FOUND"]);
    const none = await create({ sku_id: notebook, qty: 0 });
    expect(none.body.violations[0]?.field).to.equal("items[0].qty");
    expect((await send("GET", "/api/v1/orders")).body.orders).to.deep.equal([]);
  });

  it("cancels with or without a reason, and tells the cause in the order's events", async () => {
    const send = restClient(system, anyBuyer());
    const create = async () => {
      const body = { items: [{ course_id: anyCourse() }] };
      return (await send("POST", "/api/v1/orders", body, { key: newKey() })).body.order_id;
    };
    const path = `/api/v1/orders/${await create()}`;
    expect((await send("POST", `${path}/cancel`)).body.status).to.equal("CANCELED");
    const other = `/api/v1/orders/${await create()}`;
    expect((await send("POST", `${other}/cancel`, { reason: "too late" })).body.status).to.equal("CANCELED");
    expect((await send("GET", "/api/v1/orders?status=CANCELED")).body.orders).to.have.length(2);
    const { body: events } = await send<{ event_type: string }[]>("GET", `${other}/events`);
    expect(events.map((event) => event.event_type)).to.deep.equal(["ORDER_CREATED", "ORDER_CANCELED"]);
    expect(events[1]).to.include({ reason: "too late" });
    const denied = await send("POST", `${path}/transition`, { status: "READY_TO_SHIP" });
    expect([denied.status, denied.body.reason]).to.deep.equal([403, "PERMISSION_DENIED"]);
    const illegal = await restClient(system, "shop", "service")("POST", `${path}/transition`, {
      status: "SHIPPED",
    });
    expect([illegal.status, illegal.body.reason]).to.deep.equal([409, "ILLEGAL_TRANSITION"]);
    expect(illegal.body.metadata).to.include({ from: "CANCELLED", to: "SHIPPED" });
  });
});
