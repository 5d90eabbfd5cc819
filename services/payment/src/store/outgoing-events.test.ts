import { expect } from "chai";
import { money } from "@till/money";
import { at, pendingOf } from "../../test/support/pending-payment.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import { applyOutcome } from "../rules/apply-charge-outcome.ts";

const context = at(678);

describe("Payment events", () => {
  it("of a processed payment have its sums as exact decimals", () => {
    const payment = pendingOf(money("EUR", 9990n));
    const { amount } = payment;
    const { events } = applyOutcome(payment, { kind: "approved", transactionId: "ch_1", amount }, context);
    const { data, ...envelope } = toOutgoingEvent(events[0]!, "e1", "00-trace");
    expect(data).to.equal(
      '{"paymentId":"p","orderId":"o","userId":"u","amount":99.90,"currency":"EUR","paymentMethod":"card",' +
        '"transactionId":"ch_1","processedAt":"2026-01-02T03:04:05.678Z"}',
    );
    expect(envelope).to.deep.equal({
      id: "e1",
      type: "payment.processed",
      topic: "payment.events",
      subject: "o",
      dataVersion: 2,
      time: context.now,
      traceparent: "00-trace",
    });
  });

  it("of a failed payment have its code, its reason and whether it is retryable", () => {
    const failure = { code: "stolen_card", reason: "The card was reported stolen.", retryable: false };
    const { events } = applyOutcome(
      pendingOf(money("JPY", 1500n)),
      { kind: "declined", ...failure },
      context,
    );
    expect(toOutgoingEvent(events[0]!, "e1").data).to.equal(
      '{"paymentId":"p","orderId":"o","userId":"u","amount":1500,"currency":"JPY",' +
        '"failureReason":"The card was reported stolen.","failureCode":"stolen_card",' +
        '"failedAt":"2026-01-02T03:04:05.678Z","retryable":false}',
    );
  });
});
