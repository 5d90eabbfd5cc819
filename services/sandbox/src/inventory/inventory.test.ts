import { expect } from "chai";
import { createCatalogue } from "../catalog.ts";
import { noJournal } from "../journal.ts";
import { createInventory } from "./inventory.ts";

describe("an inventory that has run for long", () => {
  const productId = "018f0000-0000-7000-8000-0000000000b1";
  const catalogue = createCatalogue({ load: false });
  const lines = [{ productId, quantity: 1 }];

  it("forgets the oldest of the orders that came to an end, and none that still waits", () => {
    const inventory = createInventory({
      catalogue,
      journal: noJournal,
      now: () => 0,
      newId: () => "id",
      remembered: 2,
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
