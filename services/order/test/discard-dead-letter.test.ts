import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { actionsOn, deadLetterOf, publishUnreadable } from "./support/poison.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("DiscardDeadLetter", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("takes the dead letter off the list, keeps it to look at, and records who did it and why, once", async () => {
    const ops = environment.opsAs("admin");
    const orderId = await publishUnreadable(environment);
    const { id } = await deadLetterOf(environment, orderId);
    const { deadLetter } = await ops.discardDeadLetter({ id, reason: "a test of the sender" });
    expect(deadLetter!.discardedAt).to.not.equal(undefined);
    await ops.discardDeadLetter({ id, reason: "again" });
    expect((await ops.listDeadLetters({})).deadLetters).to.deep.equal([]);
    expect((await ops.getDeadLetter({ id })).deadLetter).to.deep.include({ key: orderId, body: "{" });
    expect((await ops.replayDeadLetters({ eventType: "payment.processed" })).matched).to.equal(0);
    expect(await actionsOn(environment, id)).to.deep.equal([
      {
        actor: "admin:operator",
        action: "DEAD_LETTER_DISCARDED",
        result: "DISCARDED",
        reason: "a test of the sender",
      },
    ]);
  });

  it("wants a reason", async () => {
    const { id } = await deadLetterOf(environment, await publishUnreadable(environment));
    expect(await failureOf(environment.opsAs("admin").discardDeadLetter({ id }))).to.include({
      code: Code.InvalidArgument,
    });
  });

  it("leaves a record that no one can change", async () => {
    let message = "";
    try {
      await environment.query(`UPDATE operator_action SET reason = ''`);
    } catch (error) {
      message = String(error);
    }
    expect(message).to.include("append-only");
  });
});
