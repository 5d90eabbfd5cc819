import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { deadLetterOf, publishUnreadable } from "./support/poison.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ListDeadLetters", () => {
  let environment: PurchaseEnvironment;
  let orderIds: string[];
  before(async () => {
    environment = await startPurchaseEnvironment();
    orderIds = [];
    for (let count = 0; count < 3; count += 1) orderIds.push(await publishUnreadable(environment));
  });
  after(() => environment.stop());

  it("shows the event as its topic carried it, and why it could not be applied", async () => {
    const letter = await deadLetterOf(environment, orderIds[0]!);
    expect(letter).to.include({
      topic: "payment.events",
      key: orderIds[0],
      eventType: "payment.processed",
      body: "{",
      attempts: 1,
      consumerGroup: "till-order",
    });
    expect(letter.reason).to.include("the body is not JSON");
    expect(letter.headers).to.include({ ce_id: letter.eventId });
    expect(letter.failedAt).to.not.equal(undefined);
    const { deadLetter } = await environment.opsAs("admin").getDeadLetter({ id: letter.id });
    expect(deadLetter).to.deep.equal(letter);
  });

  it("pages, newest first, over those of one type", async () => {
    const ops = environment.opsAs("admin");
    const eventType = "payment.processed";
    const first = await ops.listDeadLetters({ eventType, pageSize: 2 });
    const second = await ops.listDeadLetters({ eventType, pageSize: 2, pageToken: first.nextPageToken });
    const keys = [...first.deadLetters, ...second.deadLetters].map(({ key }) => key);
    expect(keys).to.deep.equal(orderIds.toReversed());
    expect(second.nextPageToken).to.equal("");
    expect((await ops.listDeadLetters({ eventType: "payment.failed" })).deadLetters).to.deep.equal([]);
    const foreign = ops.listDeadLetters({ eventType: "payment.failed", pageToken: first.nextPageToken });
    expect(await failureOf(foreign)).to.include({ code: Code.InvalidArgument });
  });

  it("is for admins", async () => {
    for (const role of ["user", "service"] as const)
      expect(await failureOf(environment.opsAs(role).listDeadLetters({}))).to.include({
        code: Code.PermissionDenied,
      });
  });
});
