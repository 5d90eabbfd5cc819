import { Code } from "@connectrpc/connect";
import { ReplayOutcome } from "@till/gen/till/ops/v1/ops_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import {
  actionsOn,
  breakPayments,
  deadLetterOf,
  placePoisoned,
  publishUnreadable,
} from "./support/poison.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, statusOf } from "./support/purchases.ts";

describe("ReplayDeadLetter", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());
  const ops = () => environment.opsAs("admin");

  it("applies the event once its fault is mended, deletes the dead letter, and records who did it and why", async () => {
    const fault = await breakPayments(environment);
    const purchase = await placePoisoned(environment);
    const { id } = await deadLetterOf(environment, purchase.orderId);
    expect(await statusOf(purchase)).to.equal("PAYMENT_PENDING");
    await fault.mend();

    const replayed = await ops().replayDeadLetter({ id, reason: "the fault is mended" });
    expect(ReplayOutcome[replayed.outcome]).to.equal("HANDLED");
    expect(replayed.deadLetter?.id).to.equal(undefined);
    expect(await statusOf(purchase)).to.equal("PAID");
    expect(await failureOf(ops().getDeadLetter({ id }))).to.include({ code: Code.NotFound });
    expect(await actionsOn(environment, id)).to.deep.equal([
      {
        actor: "admin:operator",
        action: "DEAD_LETTER_REPLAYED",
        result: "HANDLED",
        reason: "the fault is mended",
      },
    ]);
  });

  it("keeps a dead letter whose event fails again, with one more attempt", async () => {
    const fault = await breakPayments(environment);
    const purchase = await placePoisoned(environment);
    const { id, attempts } = await deadLetterOf(environment, purchase.orderId);
    const { outcome, deadLetter } = await ops().replayDeadLetter({ id, reason: "once more" });
    await fault.mend();
    expect(outcome).to.equal(ReplayOutcome.FAILED);
    expect(deadLetter).to.include({ id, attempts: attempts + 1 });
    expect((await actionsOn(environment, id)).map(({ result }) => result)).to.deep.equal(["FAILED"]);
    expect(await statusOf(purchase)).to.equal("PAYMENT_PENDING");
  });

  it("applies nothing twice: not when many replay at once, and not when the event was applied meanwhile", async () => {
    const fault = await breakPayments(environment);
    const purchase = await placePoisoned(environment);
    const { id } = await deadLetterOf(environment, purchase.orderId);
    await fault.mend();
    const replays = await Promise.allSettled(
      Array.from({ length: 8 }, () => ops().replayDeadLetter({ id, reason: "race" })),
    );
    expect(replays.some(({ status }) => status === "fulfilled")).to.equal(true);
    const { order } = await purchase.buyer.getOrder({ orderId: purchase.orderId });
    expect(Number(order!.version)).to.equal(3);
    expect(Number(order!.captured!.units)).to.equal(10);
  });

  it("keeps what no one can read a dead letter", async () => {
    const { id } = await deadLetterOf(environment, await publishUnreadable(environment));
    const { outcome } = await ops().replayDeadLetter({ id });
    expect(outcome).to.equal(ReplayOutcome.FAILED);
  });

  it("does not find what is no dead letter, and is for admins", async () => {
    expect(await rejectionOf(ops().replayDeadLetter({ id: v7() }))).to.include({
      code: Code.NotFound,
      reason: "DEAD_LETTER_NOT_FOUND",
    });
    for (const role of ["user", "service"] as const)
      expect(await failureOf(environment.opsAs(role).replayDeadLetter({ id: v7() }))).to.include({
        code: Code.PermissionDenied,
      });
    expect(await failureOf(ops().replayDeadLetter({ id: "1" }))).to.include({ code: Code.InvalidArgument });
  });
});

describe("ReplayDeadLetters", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("counts first, then replays all of a type and leaves those that fail again", async () => {
    const ops = environment.opsAs("admin");
    const fault = await breakPayments(environment);
    const purchases = [await placePoisoned(environment), await placePoisoned(environment)];
    await publishUnreadable(environment);
    await fault.mend();
    const eventType = "payment.processed";
    expect(await ops.replayDeadLetters({ eventType, dryRun: true })).to.include({ matched: 3, replayed: 0 });
    expect(await statusOf(purchases[0]!)).to.equal("PAYMENT_PENDING");
    expect(await ops.replayDeadLetters({ eventType: "payment.failed" })).to.include({ matched: 0 });

    expect(await ops.replayDeadLetters({ eventType, reason: "mended" })).to.include({
      matched: 3,
      replayed: 2,
      failed: 1,
    });
    for (const purchase of purchases) expect(await statusOf(purchase)).to.equal("PAID");
    expect((await ops.listDeadLetters({})).deadLetters).to.have.length(1);
  });

  it("takes an event type", async () => {
    expect(await failureOf(environment.opsAs("admin").replayDeadLetters({}))).to.include({
      code: Code.InvalidArgument,
    });
  });
});
