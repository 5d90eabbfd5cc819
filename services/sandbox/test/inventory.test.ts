import { expect } from "chai";
import { reasonOf } from "@till/rpc/errors";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import {
  brush,
  connectTo,
  countsOf,
  firstEdition,
  freshProduct,
  notebook,
  errorOf,
  reservation,
  restock,
  unknownId,
  type Upstreams,
} from "./support/upstream-client.ts";

describe("InventoryService", () => {
  let sandbox: Sandbox;
  let service: Upstreams;
  let inventory: Upstreams["inventory"];

  before(async () => {
    sandbox = await startTestSandbox();
    service = await connectTo(sandbox);
    inventory = service.inventory;
  });

  after(async () => {
    service.close();
    await sandbox.close();
  });

  function some(quantity: number, productId: string) {
    return reservation({ lines: [{ productId, quantity }] });
  }

  it("starts with the catalog's stock, a million of each load product, and no unknown product", async () => {
    const other = freshProduct();
    const productIds = [notebook, firstEdition.toUpperCase(), brush, other, unknownId];
    const { products } = await inventory.checkAvailability({ productIds });
    expect(products.map(({ productId, available }) => [productId, available])).to.eql([
      [notebook, 1_000],
      [firstEdition, 1],
      [brush, 500],
      [other, 1_000_000],
    ]);
  });

  describe("Reserve", () => {
    it("reserves all lines or none, and names each product that is short", async () => {
      const [plenty, few, none] = [freshProduct(), freshProduct(), freshProduct()];
      await restock(sandbox, few, { available: 2 });
      await restock(sandbox, none, { available: 0 });
      const lines = [plenty, few, none].map((productId) => ({ productId, quantity: 3 }));
      const rejection = await errorOf(inventory.reserve(reservation({ lines })));
      expect(rejection).to.eql({
        reason: "OUT_OF_STOCK",
        metadata: {
          [`${few}.wanted`]: "3",
          [`${few}.available`]: "2",
          [`${none}.wanted`]: "3",
          [`${none}.available`]: "0",
        },
      });
      expect(await countsOf(sandbox, few)).to.eql([2, 0, 0]);
      expect(await countsOf(sandbox, plenty)).to.eql([]);
    });

    it("rejects an unknown product, and reserves none of the others", async () => {
      const lines = [notebook, unknownId].map((productId) => ({ productId, quantity: 1 }));
      const rejection = await errorOf(inventory.reserve(reservation({ lines })));
      expect(rejection).to.eql({ reason: "PRODUCT_NOT_FOUND", metadata: { id: unknownId } });
      expect(await countsOf(sandbox, notebook)).to.eql([1_000, 0, 0]);
    });

    it("changes nothing when it is repeated, in any order of lines and case of ids", async () => {
      const [one, two] = [freshProduct(), freshProduct()];
      const lines = [one, two].map((productId) => ({ productId, quantity: 4 }));
      const request = reservation({ lines });
      await inventory.reserve(request);
      const shouted = lines
        .toReversed()
        .map((line) => ({ ...line, productId: line.productId.toUpperCase() }));
      await inventory.reserve({ ...request, orderId: request.orderId.toUpperCase(), lines: shouted });
      expect(await countsOf(sandbox, one)).to.eql([999_996, 4, 0]);
      for (const other of [lines.slice(0, 1), [...lines, { productId: notebook, quantity: 1 }]]) {
        const { reason } = await errorOf(inventory.reserve({ ...request, lines: other }));
        expect(reason).to.equal("RESERVATION_DIFFERS");
      }
      const more = lines.map((line) => ({ ...line, quantity: 5 }));
      expect((await errorOf(inventory.reserve({ ...request, lines: more }))).reason).to.equal(
        "RESERVATION_DIFFERS",
      );
      expect(await countsOf(sandbox, one)).to.eql([999_996, 4, 0]);
    });

    it("gives the last item to exactly one of 500 concurrent orders", async () => {
      const calls = Array.from({ length: 500 }, () => {
        return inventory.reserve(some(1, firstEdition)).then(() => "reserved", reasonOf);
      });
      const results = await Promise.all(calls);
      expect(results.filter((result) => result === "reserved")).to.have.length(1);
      expect(results.filter((result) => result === "OUT_OF_STOCK")).to.have.length(499);
      expect(await countsOf(sandbox, firstEdition)).to.eql([0, 1, 0]);
    });

    it("reserves once for 500 concurrent repeats", async () => {
      const product = freshProduct();
      const request = some(7, product);
      await Promise.all(Array.from({ length: 500 }, () => inventory.reserve(request)));
      expect(await countsOf(sandbox, product)).to.eql([999_993, 7, 0]);
    });

    it("rejects a product on two lines, a time in the past, and an invalid order id", async () => {
      const line = { productId: notebook, quantity: 1 };
      for (const bad of [
        reservation({ lines: [line, { ...line, productId: notebook.toUpperCase() }] }),
        reservation({ expiresAt: Date.now() - 1 }),
        some(0, notebook),
        some(-1, notebook),
        reservation({ lines: [] }),
        reservation({ orderId: "order\0" }),
      ]) {
        expect((await errorOf(inventory.reserve(bad))).reason).to.equal("INVALID_ARGUMENT");
      }
    });
  });

  it("is allowed to services and admins only", async () => {
    const user = await connectTo(sandbox, `user=018f0000-0000-7000-8000-0000000000a1`);
    const { reason } = await errorOf(user.inventory.release({ orderId: unknownId }));
    expect(reason).to.equal("PERMISSION_DENIED");
    user.close();
  });
});
