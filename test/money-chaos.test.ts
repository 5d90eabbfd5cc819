import { ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { reasonOf } from "@till/rpc";
import { setTimeout as delay } from "node:timers/promises";
import { untilAgreed } from "./support/agreement.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { orderToPayWith, type TokenOrder } from "./support/token-order.ts";

const stories = Number(process.env["STORIES"] ?? 150);
const atOnce = 30;

const tokens = ["tok_approve", "tok_approve", "tok_approve", "tok_50ms", "tok_reply_lost", "tok_timeout_after_charge",
  "tok_capture_timeout", "tok_void_timeout", "tok_refund_timeout", "tok_refund_pending", "tok_refund_pending_then_failed",
  "tok_refund_failed", "tok_webhook_early", "tok_webhook_duplicate", "tok_wrong_amount", "tok_requires_action", "tok_decline"];

describe("Whatever is done with an order's money, by whom and when", () => {
  let system: PaymentSystem;
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({
      replicas: 2,
      env: { TILL_RESOLVE_AFTER_SECONDS: "1", TILL_GIVE_UP_SECONDS: "4", TILL_PSP_TIMEOUT_MS: "1500" },
    });
  });
  after(() => system?.stop());

  it("the provider, the payments and the order agree in the end", async () => {
    const reasons = new Map<string, number>();
    const failures: string[] = [];
    for (let first = 0; first < stories; first += atOnce) {
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          const token = pick(tokens);
          const order = await orderToPayWith(system, token);
          const said = await tell(order);
          for (const line of said) reasons.set(line, (reasons.get(line) ?? 0) + 1);
          try {
            await untilAgreed(order.parties, order.id, {}, 40_000);
          } catch (error) {
            failures.push(`${token} ${order.id} ${said.join(", ")}: ${(error as Error).message}`);
          }
        }),
      );
    }
    console.log([...reasons].sort());
    expect(failures).to.deep.equal([]);
  }).timeout(600_000);

  async function tell(order: TokenOrder): Promise<string[]> {
    const said: string[] = [];
    const attempt = async (what: string, call: () => Promise<unknown>) => {
      await delay(Math.random() * 400);
      try {
        await call();
        said.push(`${what} ok`);
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        said.push(`${what} ${reasonOf(error) ?? error.message}`);
      }
    };
    let payment: Payment | undefined;
    const known = async () => (payment ??= (await order.payments())[0]);
    const with_ = (what: string, call: (payment: Payment) => Promise<unknown>) =>
      attempt(what, async () => {
        const found = await known();
        if (found) await call(found);
      });
    await attempt("first", () => (Math.random() < 0.5 ? order.pay() : order.hold()));
    const deeds = [
      () => with_("capture", ({ id }) => order.capture(id, `c${Math.random()}`, 6)),
      () => with_("capture", ({ id }) => order.capture(id, `c${Math.random()}`, 4)),
      () => with_("void", ({ id }) => order.letGo(id)),
      () => with_("refund", ({ id }) => order.refund(id, 3, `r${Math.random()}`)),
      () => with_("refund", ({ id }) => order.refund(id, 6, `r${Math.random()}`)),
      () => attempt("cancel", () => order.cancel()),
      () => attempt("again", () => order.pay("tok_approve")),
      () => attempt("back", () => order.tryBack()),
      () => with_("act", async (found) => {
        if (found.actionUrl) await order.act(found, pick(["approve", "decline"])).catch(() => undefined);
      }),
    ];
    await Promise.all(Array.from({ length: 5 }, () => pick(deeds)()));
    await Promise.all(Array.from({ length: 3 }, () => pick(deeds)()));
    return said;
  }
});

function pick<Thing>(things: readonly Thing[]): Thing {
  return things[Math.floor(Math.random() * things.length)]!;
}
