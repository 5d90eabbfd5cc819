import { createClient } from "@connectrpc/connect";
import { OpsService, ReplayOutcome, StuckKind } from "@till/gen/till/ops/v1/ops_service_pb";
import { newId } from "@till/ids";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import { expect } from "chai";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("OpsService of the payment service", () => {
  let environment: PaymentEnvironment;
  let transport: GrpcTransport;
  before(async () => {
    environment = await startPaymentEnvironment();
    const token = () => environment.token("user=operator&role=admin");
    transport = grpcTransport({ address: environment.addresses[0]!, token });
  });
  after(async () => {
    transport?.close();
    await environment?.stop();
  });
  const ops = () => createClient(OpsService, transport);

  /** Makes an event that names no order a dead letter; returns the dead letter's id. */
  async function poison(): Promise<string> {
    const eventId = newId();
    await environment.publishOrderEvent("order.cancelled", "no order id", {}, eventId);
    const { deadLetters } = await ops().listDeadLetters({ eventType: "order.cancelled" });
    return deadLetters.find((letter) => letter.eventId === eventId)!.id;
  }

  it("audits a replay with its outcome, and a discard with its reason, in the chain", async () => {
    const id = await poison();
    const { outcome } = await ops().replayDeadLetter({ id, reason: "to be sure" });
    expect(outcome).to.equal(ReplayOutcome.FAILED);
    await ops().discardDeadLetter({ id, reason: "no such order" });
    const audited = await environment.query(
      `SELECT actor, action, result, details::json ->> 'reason' AS reason FROM audit_entry WHERE subject = $1 ORDER BY seq`,
      [id],
    );
    expect(audited).to.deep.equal([
      { actor: "admin:operator", action: "DEAD_LETTER_REPLAYED", result: "FAILED", reason: "to be sure" },
      {
        actor: "admin:operator",
        action: "DEAD_LETTER_DISCARDED",
        result: "DISCARDED",
        reason: "no such order",
      },
    ]);
  });

  it("lists a payment that has no outcome for too long, and shows the lag", async () => {
    const { payment } = await environment.pay(await environment.placeOrder());
    await environment.query(
      `UPDATE payment SET status = 'UNKNOWN', captured_minor = 0, created_at = now() - interval '1 hour',
              check_at = now() + interval '1 hour' WHERE id = $1`,
      [payment!.id],
    );
    const { stuck } = await ops().listStuck({});
    expect(stuck.map(({ kind, id }) => ({ kind, id }))).to.deep.equal([
      { kind: StuckKind.PAYMENT, id: payment!.id },
    ]);
    const { consumers } = await ops().getLag({});
    expect(consumers.map(({ group, topic }) => `${group} ${topic}`)).to.deep.equal([
      "till-payment order.events",
    ]);
  });
});
