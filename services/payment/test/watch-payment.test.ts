import { Code, type ConnectError } from "@connectrpc/connect";
import type { WatchPaymentRequest, WatchPaymentResponse } from "@till/gen/till/payment/v1/payment_service_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur, newUser, shop } from "../../../test/support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("WatchPayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  type WatchOptions = Partial<Pick<WatchPaymentRequest, "afterVersion">> & { readonly user?: string };

  /** Watches at the second replica, in the background, until `stop`. */
  function watch(paymentId: string, { user = "", afterVersion }: WatchOptions = {}) {
    const seen: WatchPaymentResponse["update"][] = [];
    const hangUp = new AbortController();
    const client = user ? environment.payments(user, "user", 1) : environment.payments(shop, "service", 1);
    const request = { paymentId, ...(afterVersion !== undefined && { afterVersion }) };
    const ended = (async () => {
      for await (const { update, version } of client.watchPayment(request, { signal: hangUp.signal })) {
        seen.push(update);
        expect(version).to.equal(update.value?.version);
      }
    })().catch((error: ConnectError) => error);
    const versions = () => seen.map(({ case: kind, value }) => `${kind} ${value?.version}`);
    return { seen, versions, ended, stop: () => (hangUp.abort(), ended) };
  }

  it("sends a snapshot and then every change, whichever replica makes it", async () => {
    const user = newUser();
    const payment = await operations().authorize("tok_approve", user);
    const watching = watch(payment.id, { user });
    await eventually(() => watching.seen.length === 1);
    expect(watching.seen[0]?.value).to.deep.include({ id: payment.id, status: PaymentStatus.AUTHORIZED });

    const request = { paymentId: payment.id, amount: eur(49), idempotencyKey: newId() };
    await environment.payments(shop, "service", 0).capturePayment(request);
    await operations().refund(payment.id, { amount: 49 });
    await eventually(() => {
      const last = watching.seen.at(-1);
      expect(last?.case === "event" && PaymentStatus[last.value.toStatus]).to.equal("REFUNDED");
    });
    await watching.stop();
    const { events } = await environment.payments(user).listPaymentEvents({ paymentId: payment.id });
    const later = events.filter(({ version }) => version > payment.version);
    expect(watching.seen.slice(1).map(({ value }) => value)).to.deep.equal(later);
  });

  it("continues after any version without a snapshot", async () => {
    const payment = await operations().charge();
    await operations().refund(payment.id, { amount: 9 });
    const { events } = await environment
      .payments(shop, "service")
      .listPaymentEvents({ paymentId: payment.id });
    for (const after of [0n, 1n, payment.version]) {
      const watching = watch(payment.id, { afterVersion: after });
      const missed = events.filter(({ version }) => version > after).map(({ version }) => `event ${version}`);
      await eventually(() => expect(watching.versions()).to.deep.equal(missed));
      await watching.stop();
    }
  });

  it("sends a hundred watchers every change exactly once", async () => {
    const payment = await operations().charge();
    const watchers = Array.from({ length: 100 }, () => watch(payment.id));
    await Promise.all(Array.from({ length: 20 }, () => operations().refund(payment.id, { amount: 1 })));
    const { events } = await environment
      .payments(shop, "service")
      .listPaymentEvents({ paymentId: payment.id });
    const last = events.at(-1)!.version;
    for (const { seen, versions } of watchers) {
      await eventually(() => seen.at(-1)?.value?.version === last);
      const begun = seen[0]!.value!.version;
      const later = events.filter(({ version }) => version > begun).map(({ version }) => `event ${version}`);
      expect(versions()).to.deep.equal([`snapshot ${begun}`, ...later]);
    }
    await Promise.all(watchers.map(({ stop }) => stop()));
  });

  it("rejects a future version, and returns PAYMENT_NOT_FOUND for another user's payment", async () => {
    const payment = await operations().charge();
    const ahead = await watch(payment.id, { afterVersion: payment.version + 1n }).ended;
    expect(reasonOf(ahead)).to.equal("INVALID_ARGUMENT");
    const foreign = await watch(payment.id, { user: newUser() }).ended;
    expect(reasonOf(foreign)).to.equal("PAYMENT_NOT_FOUND");
    expect(reasonOf(await watch(newId()).ended)).to.equal("PAYMENT_NOT_FOUND");
  });

  it("ends with SHUTTING_DOWN when the service stops", async () => {
    const payment = await operations().charge();
    const stream = environment.payments(shop, "service", 1).watchPayment({ paymentId: payment.id });
    const watching = stream[Symbol.asyncIterator]();
    await watching.next();
    const stopped = environment.stopPaymentService();
    const error = await failureOf(watching.next());
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "SHUTTING_DOWN"]);
    await stopped;
  });
});
