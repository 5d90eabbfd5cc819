import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { setTimeout as delay } from "node:timers/promises";
import { tillErrorFrom } from "../../till-error-from.ts";
import { expectRejection, expectThat, type Check } from "./check.ts";
import type { KnownIds } from "./known-ids.ts";

type Lines = readonly { readonly productId: string; readonly quantity: number }[];

/** The most that a line may have: of no product is there so much in a test system. */
const tooMany = 99_900;

/** The rules of reservations. Each check has an order of its own, which it releases at its end. */
export function inventoryChecks(transport: Transport, { product }: KnownIds): Check[] {
  const inventory = createClient(InventoryService, transport);
  const needs = "--product <id>";
  if (product === undefined) return [{ rule: "reserves, commits and releases by the order's id", needs }];

  const of = (quantity: number, productId = product): Lines => [{ productId, quantity }];
  const inMs = (ms: number) => timestampFromDate(new Date(Date.now() + ms));
  const reserve = (orderId: string, lines = of(1), expiresAt = inMs(60_000)) =>
    inventory.reserve({ orderId, lines: [...lines], expiresAt });
  const releaseLines = (orderId: string, releaseId: string, quantity: number) =>
    inventory.releaseLines({ orderId, releaseId, lines: [...of(quantity)] });

  /** Pieces in stock; undefined where the call, which Till does not need, is left out. */
  async function available(): Promise<number | undefined> {
    try {
      const { products } = await inventory.checkAvailability({ productIds: [product!] });
      return products.find(({ productId }) => productId === product)?.available ?? 0;
    } catch (error) {
      if (ConnectError.from(error).code === Code.Unimplemented) return undefined;
      throw error;
    }
  }

  async function expectTaken(before: number | undefined, quantity: number): Promise<void> {
    const now = await available();
    expectThat(
      before === undefined || now === before - quantity,
      () => `expected ${String((before ?? 0) - quantity)} pieces to be available, and got ${String(now)}`,
    );
  }

  /** A check with an order, and with the number of pieces that were available before. */
  function check(rule: string, run: (orderId: string, before: number | undefined) => Promise<void>): Check {
    return {
      rule,
      async run() {
        const orderId = crypto.randomUUID();
        const before = await available();
        try {
          await run(orderId, before);
        } finally {
          // What the check has found is what counts.
          await inventory.release({ orderId }).catch(() => undefined);
        }
      },
    };
  }

  return [
    check("reserves once for an order, however often Reserve is repeated", async (order, before) => {
      await reserve(order);
      await reserve(order);
      await expectTaken(before, 1);
    }),
    check("reserves once where five repeats come at the same time", async (order, before) => {
      await Promise.all(Array.from({ length: 5 }, () => reserve(order)));
      await expectTaken(before, 1);
    }),
    check("rejects other lines for the same order", async (order, before) => {
      await reserve(order);
      await expectRejection(reserve(order, of(2)), "RESERVATION_DIFFERS");
      await expectTaken(before, 1);
    }),
    check("reserves all lines or none, and names a product that is unknown", async (order, before) => {
      const lines = [...of(1), ...of(1, crypto.randomUUID())];
      await expectRejection(reserve(order, lines), "PRODUCT_NOT_FOUND");
      await expectTaken(before, 0);
    }),
    check("is OUT_OF_STOCK with what is wanted and what is available", async (order) => {
      const error = await reserve(order, of(tooMany)).then(
        () => undefined,
        (failure: unknown) => tillErrorFrom(failure, ""),
      );
      expectThat(
        error?.reason === "OUT_OF_STOCK",
        () => `expected OUT_OF_STOCK, and got ${error?.reason ?? "a reservation"}`,
      );
      const { [`${product}.wanted`]: wanted, [`${product}.available`]: left } = error.metadata as Readonly<
        Record<string, string>
      >;
      expectThat(
        wanted === String(tooMany) && /^\d+$/.test(left ?? ""),
        () => `expected ${product}.wanted and ${product}.available in the metadata`,
      );
    }),
    check("commits a reservation, also when Commit is repeated", async (order, before) => {
      await reserve(order);
      await inventory.commit({ orderId: order });
      await inventory.commit({ orderId: order });
      await expectTaken(before, 1);
    }),
    check("has no reservation to commit for an order that is unknown", (order) =>
      expectRejection(inventory.commit({ orderId: order }), "RESERVATION_NOT_FOUND"),
    ),
    check("releases a reservation, also when Release is repeated", async (order, before) => {
      await reserve(order, of(2));
      await inventory.release({ orderId: order });
      await inventory.release({ orderId: order });
      await expectTaken(before, 0);
    }),
    check("releases what was committed", async (order, before) => {
      await reserve(order);
      await inventory.commit({ orderId: order });
      await inventory.release({ orderId: order });
      await expectTaken(before, 0);
    }),
    check("neither reserves nor commits once an order was released", async (order, before) => {
      await reserve(order);
      await inventory.release({ orderId: order });
      await expectRejection(reserve(order), "RESERVATION_RELEASED");
      await expectRejection(inventory.commit({ orderId: order }), "RESERVATION_RELEASED");
      await expectTaken(before, 0);
    }),
    check("rejects a Reserve that comes after the order's Release", async (order, before) => {
      await inventory.release({ orderId: order });
      await expectRejection(reserve(order), "RESERVATION_RELEASED");
      await expectTaken(before, 0);
    }),
    check("releases a part once for each release_id, and no more than there is", async (order, before) => {
      await reserve(order, of(3));
      await releaseLines(order, "first", 1);
      await releaseLines(order, "first", 1);
      await expectTaken(before, 2);
      await expectRejection(releaseLines(order, "second", 3), "RELEASE_EXCEEDS_RESERVATION");
      await expectTaken(before, 2);
      await inventory.release({ orderId: order });
      await expectTaken(before, 0);
    }),
    check("releases a reservation that has expired within ten seconds", async (order, before) => {
      await reserve(order, of(1), inMs(1_000));
      const deadline = Date.now() + 11_000;
      while (before !== undefined && (await available()) !== before && Date.now() < deadline)
        await delay(200);
      await expectTaken(before, 0);
    }),
  ];
}
