import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { paymentWorld, type PaymentWorld } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("A payment under way", () => {
  let world: PaymentWorld;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld();
  });
  afterEach(() => world?.stop());

  const providerIsAsked = (times: number) => eventually(() => expect(world.psp.seen.POST).to.equal(times));

  it("is finished by a service that is told to stop, even where its caller has gone", async () => {
    const orderId = await world.place();
    const hangUp = new AbortController();
    const paying = failureOf(world.pay(orderId, "tok_slow", { signal: hangUp.signal }));
    await providerIsAsked(1);
    hangUp.abort();
    expect((await paying).code).to.equal(Code.Canceled);
    await world.stopPayments();
    const [row] = await world.rows(`SELECT status FROM payment WHERE order_id = $1`, [orderId]);
    expect(row).to.deep.equal({ status: "PROCESSED" });
  });

  it("comes to one charge where every database connection breaks meanwhile", async () => {
    const orderId = await world.place();
    const key = newId();
    const paying = world.pay(orderId, "tok_slow", { key }).catch((error: unknown) => error);
    await providerIsAsked(1);
    await world.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const answer = await paying;
    if (answer instanceof Error) expect(reasonOf(answer)).to.equal("PAYMENT_UNKNOWN");
    await world.rows(
      `UPDATE payment SET attempt_until = now() - interval '1 s' WHERE attempt_until IS NOT NULL`,
    );
    const { payment } = await eventually(() => world.pay(orderId, "tok_slow", { key }));
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await world.ledger(orderId)).to.have.length(1);
    await world.untilOrder(orderId, "PAID");
  });

  it("is left to whoever took it up when its time was over, where its own attempt comes to nothing", async () => {
    const orderId = await world.place();
    let answer = () => {};
    world.psp.misbehave(({ method }, response) => {
      if (method === "POST") answer = () => json(response, 200, { nothing: "of use" });
      return method === "POST";
    });
    const paying = failureOf(world.pay(orderId));
    await providerIsAsked(1);
    const [taken] = await world.rows(
      `UPDATE payment SET status = 'UNKNOWN', attempt_until = now() + interval '1 minute' WHERE order_id = $1
       RETURNING status, attempt_until, version`,
      [orderId],
    );
    answer();
    expect(reasonOf(await paying)).to.equal("PAYMENT_UNKNOWN");
    const [left] = await world.rows(
      `SELECT status, attempt_until, version FROM payment WHERE order_id = $1`,
      [orderId],
    );
    expect(left).to.deep.equal(taken);
  });
});
