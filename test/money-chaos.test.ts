import { ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { PaymentStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { setTimeout as delay } from "node:timers/promises";
import { cents, untilAgreed } from "./support/agreement.ts";
import { eventually } from "./support/eventually.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { orderToPayWith, type TokenOrder } from "./support/token-order.ts";

const stories = 120;
const atOnce = 40;
/** Without the tokens whose refunds always fail: money that cannot be refunded never agrees. */
const tokens = [
  ...[
    "tok_approve",
    "tok_approve",
    "tok_50ms",
    "tok_reply_lost",
    "tok_timeout_after_charge",
    "tok_webhook_only",
  ],
  ...[
    "tok_capture_timeout",
    "tok_void_timeout",
    "tok_refund_timeout",
    "tok_refund_pending",
    "tok_wrong_amount",
  ],
  ...["tok_webhook_early", "tok_webhook_duplicate", "tok_webhook_late", "tok_requires_action", "tok_decline"],
];

describe("Whatever buyers, shops and admins do to an order's money at once", () => {
  let system: PaymentSystem;
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({
      replicas: 2,
      env: {
        TILL_RESOLVE_AFTER_SECONDS: "1",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2",
        TILL_GIVE_UP_SECONDS: "4",
        TILL_PSP_TIMEOUT_MS: "1500",
      },
    });
  });
  after(function () {
    this.timeout(120_000);
    return system?.stop();
  });

  it(`the provider, the payments and the order agree in the end: ${stories} stories`, async () => {
    for (let first = 0; first < stories; first += atOnce) {
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          const token = pick(tokens);
          const order = await orderToPayWith(system, token);
          const done = await play(order);
          await finish(order);
          await untilAgreed(order.parties, order.id).catch((error: unknown) => {
            throw new Error(`${token}, order ${order.id}: ${done.join(", ")}`, { cause: error });
          });
        }),
      );
    }
  }).timeout(600_000);
});

/** Pays or authorizes, then eight operations at nearly the same time; returns what succeeded and what was rejected. */
async function play(order: TokenOrder): Promise<string[]> {
  const done: string[] = [];
  const attempt = async (what: string, call: () => Promise<unknown>) => {
    await delay(Math.random() * 400);
    const isDone = await call().then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof ConnectError)) throw error;
        return false;
      },
    );
    done.push(isDone ? what : `no ${what}`);
  };
  await attempt("payment", () => (Math.random() < 0.5 ? order.pay() : order.authorize()));
  const payment = (await order.payments())[0]!;
  const { id, actionUrl } = payment;
  const deeds = [
    () => attempt("capture of 6", () => order.capture(id, `c${Math.random()}`, 6)),
    () => attempt("capture of 4", () => order.capture(id, `c${Math.random()}`, 4)),
    () => attempt("void", () => order.void(id)),
    () => attempt("refund of 3", () => order.refund(id, 3, `r${Math.random()}`)),
    () => attempt("refund of 6", () => order.refund(id, 6, `r${Math.random()}`)),
    () => attempt("cancellation", () => order.cancel()),
    () => attempt("other payment", () => order.pay("tok_approve")),
    () => attempt("granted refund", () => order.requestAndApproveRefund()),
    async () => {
      // Once: the provider rejects a second one.
      if (actionUrl) await order.act(payment, pick(["approve", "decline"])).catch(() => undefined);
    },
  ];
  await Promise.all(Array.from({ length: 8 }, () => pick(deeds)()));
  return done;
}

/** An authorization, or a part of it captured, counts for no order until a capture or void decides. */
async function finish(order: TokenOrder): Promise<void> {
  const isOpen = ({ status, amount, captured }: Payment) =>
    status === PaymentStatus.AUTHORIZED || (cents(captured) > 0 && cents(captured) < cents(amount));
  await eventually(
    async () => {
      const { PENDING, UNKNOWN } = PaymentStatus;
      const payments = await order.payments();
      expect(payments.filter(({ status }) => status === PENDING || status === UNKNOWN)).to.deep.equal([]);
    },
    { timeoutMs: 60_000 },
  );
  if (!(await order.payments()).some(isOpen)) return;
  await order.cancel().catch((error: unknown) => {
    // Another payment has paid the order meanwhile, and its refund is under way: then a refund has decided.
    if (reasonOf(error) !== "ILLEGAL_TRANSITION") throw error;
  });
}

function pick<Thing>(things: readonly Thing[]): Thing {
  return things[Math.floor(Math.random() * things.length)]!;
}
