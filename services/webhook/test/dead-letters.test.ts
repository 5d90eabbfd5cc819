import { createClient } from "@connectrpc/connect";
import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("OpsService on the webhook service", () => {
  let environment: WebhookEnvironment;
  before(async () => (environment = await startWebhookEnvironment()));
  after(() => environment.stop());

  const opsAs = (role: "admin" | "service") =>
    createClient(OpsService, environment.transportAs("operator", role));

  async function deadLetterOf(orderId: string) {
    return eventually(async () => {
      const { deadLetters } = await opsAs("admin").listDeadLetters({});
      const found = deadLetters.find(({ key }) => key === orderId);
      expect(found, `a dead letter of ${orderId}`).to.not.equal(undefined);
      return found!;
    });
  }

  it("shows an event that is not JSON, which is delivered to no one while the order's later ones are", async () => {
    const receiver = await environment.receiver();
    const orderId = newId();
    const malformed = await environment.publish(orderId, "order.confirmed", "{");
    const later = await environment.publish(orderId);
    const letter = await deadLetterOf(orderId);
    expect(letter).to.include({ eventId: malformed, consumerGroup: "till-webhook", body: "{" });
    await eventually(() => expect(receiver.about(orderId).map(({ id }) => id)).to.deep.equal([later]));
    const { deadLetters, consumers } = await opsAs("admin").getLag({});
    expect([Number(deadLetters), consumers.map(({ topic }) => topic)]).to.deep.equal([
      1,
      ["order.events", "payment.events"],
    ]);
    await receiver.close();
  });

  it("discards one for an admin alone, and records who did it and why", async () => {
    const orderId = newId();
    await environment.publish(orderId, "order.confirmed", "{");
    const { id } = await deadLetterOf(orderId);
    const reason = "a test of the sender";
    expect(await rejectionReason(opsAs("service").discardDeadLetter({ id, reason }))).to.equal(
      "PERMISSION_DENIED",
    );
    await opsAs("admin").discardDeadLetter({ id, reason });
    const { rows } = await environment.pool.query(
      "SELECT actor, action, reason FROM operator_action WHERE subject = $1",
      [id],
    );
    expect(rows).to.deep.equal([{ actor: "admin:operator", action: "DEAD_LETTER_DISCARDED", reason }]);
  });
});
