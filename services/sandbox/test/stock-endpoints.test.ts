import { expect } from "chai";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import {
  brush,
  connectTo,
  countsOf,
  firstEdition,
  freshProduct,
  notebook,
  reservation,
  restock,
  unknownId,
  type Upstreams,
} from "./support/upstream-client.ts";

describe("/stock", () => {
  let sandbox: Sandbox;
  let service: Upstreams;
  const started = Date.UTC(2030, 0, 31, 12);

  before(async () => {
    sandbox = await startTestSandbox({ now: () => started });
    service = await connectTo(sandbox);
  });

  after(async () => {
    service.close();
    await sandbox.close();
  });

  it("shows the stock of every product by state", async () => {
    const response = await fetch(`${sandbox.url}/stock`);
    expect(await response.json()).to.eql([
      { product_id: notebook, available: 1_000, reserved: 0, committed: 0 },
      { product_id: firstEdition, available: 1, reserved: 0, committed: 0 },
      { product_id: brush, available: 500, reserved: 0, committed: 0 },
      { product_id: "prod-123", available: 1_000, reserved: 0, committed: 0 },
    ]);
  });

  it("shows an order's reservation with its expiry or its release", async () => {
    const request = reservation({ expiresAt: started + 60_000 });
    const { orderId } = request;
    const facts = { order_id: orderId, lines: [{ product_id: notebook, quantity: 1 }] };
    expect((await reservationOf(orderId)).status).to.equal(404);
    await service.inventory.reserve(request);
    const until = { status: "reserved", expires_at: "2030-01-31T12:01:00.000Z" };
    expect((await reservationOf(orderId)).body).to.eql({ ...facts, ...until });
    await service.inventory.commit({ orderId });
    expect((await reservationOf(orderId.toUpperCase())).body).to.eql({ ...facts, status: "committed" });
    await service.inventory.release({ orderId });
    const since = { status: "released", released_at: "2030-01-31T12:00:00.000Z" };
    expect((await reservationOf(orderId)).body).to.eql({ ...facts, ...since });
  });

  it("restocks a product independently of its reservations", async () => {
    const product = freshProduct();
    await service.inventory.reserve(
      reservation({ lines: [{ productId: product, quantity: 2 }], expiresAt: started + 60_000 }),
    );
    const response = await restock(sandbox, product.toUpperCase(), { available: 5 });
    const counts = { available: 5, reserved: 2, committed: 0 };
    expect(await response.json()).to.eql({ product_id: product, ...counts });
    expect(await countsOf(sandbox, product)).to.eql([5, 2, 0]);
  });

  for (const [what, productId, body, status] of [
    ["a product it does not know", unknownId, { available: 1 }, 404],
    ["an opaque id it does not know", "b1", { available: 1 }, 404],
    ["less than nothing", notebook, { available: -1 }, 400],
    ["half a product", notebook, { available: 0.5 }, 400],
    ["more than there could be", notebook, { available: 1e12 }, 400],
    ["a number in words", notebook, { available: "5" }, 400],
    ["a misspelt field", notebook, { available: 5, reserved: 0 }, 400],
    ["nothing", notebook, null, 400],
  ] as const) {
    it(`rejects restocking ${what} with ${status}`, async () => {
      const response = await restock(sandbox, productId, body);
      expect(response.status).to.equal(status);
      expect(await response.json()).to.have.nested.property("error.code");
    });
  }

  it("rejects unknown query parameters", async () => {
    for (const query of ["order_id=1", "order=1", `order_id=${unknownId}&order_id=${unknownId}`]) {
      expect((await fetch(`${sandbox.url}/stock?${query}`)).status, query).to.equal(400);
    }
  });

  it("is listed at GET /", async () => {
    const text = await (await fetch(sandbox.url)).text();
    for (const thing of [
      "/stock?order_id=",
      "till.inventory.v1.InventoryService",
      "Code Review Clinic, EUR 25.00, 10 seats",
      "Calligraphy Brush, JPY 1500, 500 in stock",
      "018f0000-0000-7000-b…",
      "018f0000-0000-7000-d…",
      "region IS",
      "sale-",
    ]) {
      expect(text).to.include(thing);
    }
  });

  async function reservationOf(orderId: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${sandbox.url}/stock?order_id=${orderId}`);
    return { status: response.status, body: await response.json() };
  }
});
