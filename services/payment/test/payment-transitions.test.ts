import { ConnectError } from "@connectrpc/connect";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { eur, shop } from "../../../test/support/fixtures.ts";
import { routes } from "../src/routes.ts";
import { actions } from "../src/rules/decide-for-caller.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

type Role = "user" | "admin" | "service";
type Place = () => Promise<{ readonly id: string; readonly userId: string }>;

describe("The transitions of a payment, by every command and role", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  const places: Readonly<Record<string, Place>> = {
    REQUIRES_ACTION: () => operations().charge("tok_requires_action"),
    AUTHORIZED: () => operations().authorize(),
    PROCESSED: () => operations().charge(),
    async PARTIALLY_REFUNDED() {
      const payment = await operations().charge();
      await operations().refund(payment.id, { amount: 9 });
      return payment;
    },
    async REFUNDED() {
      const payment = await operations().charge();
      await operations().refund(payment.id);
      return payment;
    },
    async VOIDED() {
      const payment = await operations().authorize();
      await operations().void(payment.id);
      return payment;
    },
    async FAILED() {
      const orderId = await environment.placeOrder();
      await failureOf(environment.pay(orderId, "tok_decline"));
      const { id } = await environment.storedPayment(orderId);
      return { id, userId: environment.payerOf(orderId) };
    },
  };
  const calls = ["capturePayment", "voidPayment", "refundPayment in part", "refundPayment"] as const;

  async function attempt(call: (typeof calls)[number], role: Role, place: Place) {
    const { id: paymentId, userId } = await place();
    const client = environment.payments(role === "user" ? userId : shop, role);
    const request = { paymentId, idempotencyKey: newId() };
    const before = (await client.getPayment({ paymentId })).payment!.status;
    try {
      const { payment } =
        call === "refundPayment in part"
          ? await client.refundPayment({ ...request, amount: eur(1) })
          : await client[call](request);
      const to = payment!.status === before ? "" : PaymentStatus[payment!.status];
      return { to, reason: "", metadata: undefined };
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return { to: "", ...factsOf(error) };
    }
  }

  for (const [status, place] of Object.entries(places)) {
    it(`of one that is ${status}: what is allowed succeeds, and nothing else`, async function () {
      this.timeout(60_000);
      for (const role of ["user", "admin", "service"] as const) {
        const outcomes = [];
        for (const call of calls) outcomes.push(await attempt(call, role, place));
        const reached = [...new Set(outcomes.flatMap(({ to }) => to || []))];
        const illegal = outcomes.filter(({ reason }) => reason === "ILLEGAL_TRANSITION");
        for (const { metadata } of illegal) {
          expect(metadata, `${status} by ${role}`).to.include({ from: status });
          expect(metadata!.allowed, `${status} by ${role}`).to.equal(reached.join(","));
        }
      }
    });
  }

  it("are open to the roles that the RPCs are open to", () => {
    const { rpcs } = routes({} as Parameters<typeof routes>[0])[0]!;
    for (const { rpc, roles } of actions) {
      const name = `${rpc[0]!.toLowerCase()}${rpc.slice(1)}`;
      expect(rpcs[name]?.policy, rpc).to.have.members([...roles]);
    }
  });
});
