import { expect } from "chai";
import { AppError } from "@till/rpc/errors";
import { money } from "@till/money";
import { transition } from "./decision.ts";
import { statuses, type Order, type OrderStatus } from "./order.ts";
import { placeOrder } from "./place-order.ts";
import { nextStatuses, transitions } from "./transitions.ts";

const now = new Date("2026-01-01T00:00:00Z");
const context = { now, actor: "user:ada" };

function orderIn(status: OrderStatus): Order {
  const item = { id: "i", kind: "DIGITAL_COURSE", refId: "c", name: "Course", quantity: 2 } as const;
  const priceSnapshot = { offerId: undefined, title: "", capturedAt: now };
  const items = [{ ...item, priceSnapshot, unitPrice: money("EUR", 1990n), refunded: money("EUR", 0n) }];
  const given = { id: "o", userId: "ada", items, currency: "EUR", expiresAt: now, details: {} };
  return { ...placeOrder(given, context).order, status };
}

describe("The order's state machine", () => {
  const triggers = [...new Set(transitions.map(({ trigger }) => trigger))];

  for (const from of statuses) {
    const allowed = nextStatuses[from];
    it(`goes from ${from} to ${allowed.join(", ") || "nowhere"}, for its triggers alone`, () => {
      for (const to of statuses) {
        for (const trigger of triggers) {
          const go = () => transition(orderIn(from), { to, trigger, ...context, entry: "ORDER_CREATED" });
          if (
            transitions.some((one) => one.trigger === trigger && one.to === to && one.from.includes(from))
          ) {
            const { order, history, events } = go();
            expect(order).to.include({ status: to, version: 2 });
            expect(history).to.have.lengthOf(1);
            expect(history[0]).to.include({ from, to, version: 2, type: "ORDER_CREATED" });
            expect(events.map(({ type }) => type)).to.deep.equal(["order.status_changed"]);
            continue;
          }
          const error = errorOf(go);
          expect(error.reason, `${trigger} from ${from} to ${to}`).to.equal("ILLEGAL_TRANSITION");
          expect(error.facts.metadata).to.deep.equal({ from, to });
        }
      }
    });
  }
});

describe("Placing an order", () => {
  it("sums its lines, each as often as it is wanted", () => {
    expect(orderIn("CREATED").total).to.deep.equal(money("EUR", 3980n));
  });

  it("is rejected where the total is zero", () => {
    const free = { id: "o", userId: "ada", items: [], currency: "EUR", expiresAt: now, details: {} };
    expect(errorOf(() => placeOrder(free, context)).reason).to.equal("ORDER_NOT_PAYABLE");
  });
});

function errorOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was rejected");
}
