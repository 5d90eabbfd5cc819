import { expect } from "chai";
import { createCatalog } from "../catalog.ts";
import { noJournal } from "../journal.ts";
import { createInventory } from "./inventory.ts";

describe("createInventory", () => {
  const productId = "018f0000-0000-7000-8000-0000000000b1";
  const catalog = createCatalog({ load: false, startedAt: 0, e3InSeconds: 0 });
  const lines = [{ productId, quantity: 1 }];

  it("drops the oldest committed and released reservations, and never a reserved one", () => {
    const inventory = createInventory({
      catalog,
      journal: noJournal,
      now: () => 0,
      newId: () => "id",
      maxFinished: 2,
    });
    for (const orderId of ["waiting", "one", "two", "three"])
      inventory.reserve({ orderId, lines, expiresAt: 1 });
    inventory.release("one");
    inventory.commit("two");
    inventory.release("one");
    inventory.release("three");
    const known = ["waiting", "one", "two", "three"].map((id) => inventory.reservationOf(id)?.status);
    expect(known).to.eql(["reserved", undefined, "committed", "released"]);
    expect(inventory.stockOf(productId)).to.eql({ productId, available: 998, reserved: 1, committed: 1 });
  });
});
