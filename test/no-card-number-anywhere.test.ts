import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import { ServerReflectionRequestSchema } from "@till/gen/grpc/reflection/v1/reflection_pb";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import { Health } from "@till/gen/grpc/health/v1/health_pb";
import { CreateOrderRequestSchema, OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService, ProcessPaymentRequestSchema } from "@till/gen/till/payment/v1/payment_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc/errors";
import type { Role } from "@till/rpc/server";
import { untilAgreed } from "./support/agreement.ts";
import { eur, newCourse, newUser, courseLine } from "./support/fixtures.ts";
import { anyRpc, rawFailure, type AnyRpc } from "./support/any-rpc.ts";
import { startCluster, type Cluster } from "./support/cluster.ts";
import { eventually } from "./support/eventually.ts";
import * as kept from "./support/everything-kept.ts";
import { failureOf } from "./support/failure-of.ts";
import { fieldNamesOf, textFieldsOf } from "./support/text-fields.ts";

/** A card number as people write it. */
const numbers = ["4539578763621486", "4539 5787 6362 1486", "4539-5787-6362-1486", "4539.5787.6362.1486"];
/** With a security code, which is any three digits; this one can be distinguished from others. */
const canaries = numbers.map((number) => `${number} cvv 737canary`);
/** Most of the number, however it is written, or the code that came with it. */
const canary = /4539\D{0,5}5787\D{0,5}6362|5787\D{0,5}6362\D{0,5}1486|737canary/;
/** Fields that programs write: each may not be a card number, but its digits may resemble one. */
const machineField = /(^|_)(ids?|key|token|code|number|hash|currency|statuses)$/;
/** Text that is no secret goes the same ways: where it is not found, the search is at fault. */
const control = "control-5c0ffee5";

const services = [OrderService, SessionService, PaymentService, Health];
const reflectionPath = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const roles: readonly Role[] = ["user", "service", "admin"];
/** Metadata that is not looked at, and not stored. */
const carried = Object.fromEntries(
  ["traceparent", "tracestate", "x-note", "x-datadog-trace-id"].map((name) => [name, canaries[0]!]),
);

describe("A card number, and the code on its back", () => {
  let cluster: Cluster;
  let rpcs: AnyRpc;
  const responses: kept.Kept[] = [];
  const orderIds: string[] = [];
  const user = newUser();

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster({
      env: {
        TILL_LOG_LEVEL: "trace",
        TILL_RESOLVE_AFTER_SECONDS: "1",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2",
        TILL_PSP_TIMEOUT_MS: "2000",
      },
    });
    rpcs = anyRpc(cluster, user);
  });
  after(async function () {
    this.timeout(120_000);
    rpcs?.close();
    await cluster?.stop();
  });

  it("have no field of their own in any message", () => {
    const names = services.flatMap(({ methods }) =>
      methods.flatMap(({ input, output }) => [...fieldNamesOf(input), ...fieldNamesOf(output)]),
    );
    expect(names.length).to.be.greaterThan(100);
    expect(
      names.filter((name) => /cvv|cvc|csc|(^|_)pan($|_)|card_?number|security_code/i.test(name)),
    ).to.deep.equal([]);
  });

  for (const service of services)
    for (const method of service.methods)
      it(`are rejected in every text of ${service.typeName}/${method.name}, and as its metadata key`, async () => {
        for (const { path, around } of textFieldsOf(method.input)) {
          const isMachineField = machineField.test(path.split(".").at(-1)!);
          for (const text of isMachineField ? numbers : canaries)
            await expectRejected(service, method, around(text), {}, path);
        }
        if (service === Health) return; // It needs no token and has no key.
        for (const number of numbers)
          await expectRejected(service, method, {}, { "idempotency-key": number }, "idempotency-key");
        for (const text of canaries) {
          // Tokens and other metadata are not looked at.
          const authorization = `Bearer ${text.replaceAll(" ", "")}`;
          const failure = await attempt(
            service,
            method,
            {},
            { ...carried, "x-request-id": text, authorization },
          );
          expect(reasonOf(failure)).to.equal("UNAUTHENTICATED");
        }
      }).timeout(120_000);

  it("are rejected by reflection, and are not kept of the name of an unknown RPC", async () => {
    const ask = create(ServerReflectionRequestSchema, {
      messageRequest: { case: "fileContainingSymbol", value: canaries[0]! },
    });
    const bytes = toBinary(ServerReflectionRequestSchema, ask);
    for (const { address } of [...cluster.orders, ...cluster.payments]) {
      const text = await rawFailure(address, reflectionPath, bytes);
      expect(text).to.include("looks like a card number");
      responses.push({ place: "reflection", text });
      // For an unknown RPC the library returns an error that quotes the name; the services do not log the name.
      await rawFailure(address, `/till.order.v1.OrderService/${canaries[0]!.slice(0, 16)}`, new Uint8Array());
    }
  });

  it("are not kept of a webhook that the provider did not sign", async () => {
    for (const url of cluster.webhookUrls) {
      const body = JSON.stringify({ id: canaries[0], type: canaries[1] });
      const signed = { "content-type": canaries[0]!, "psp-signature": canaries[1]! };
      const response = await fetch(url, { method: "POST", body, headers: signed });
      responses.push({ place: url, text: await response.text() });
      expect(response.status).to.be.within(400, 499);
    }
  });

  it("are not kept of unknown fields and of metadata, of orders that are placed, paid, refunded and cancelled", async () => {
    const orders = cluster.ordersAs(user);
    const payments = cluster.paymentsAs(user);
    const [admin, shop] = [cluster.ordersAs(user, "admin"), cluster.paymentsAs(user, "service")];
    const parties = { orders: admin, payments: shop, ledger: (orderId: string) => cluster.ledger(orderId) };
    const place = async () => {
      const items = [courseLine(newCourse())];
      const key = `${control}-${orderIds.length}`;
      const request = create(CreateOrderRequestSchema, { items, notes: control, idempotencyKey: key });
      const { order } = await orders.createOrder(withUnknownField(request), { headers: carried });
      orderIds.push(order!.id);
      return order!.id;
    };
    const pay = (orderId: string, token: string) => {
      const method = { case: "paymentToken" as const, value: token };
      const key = `${control}-${orderId}`;
      const request = create(ProcessPaymentRequestSchema, {
        orderId,
        amount: eur(10),
        method,
        idempotencyKey: key,
      });
      return payments.processPayment(withUnknownField(request), {
        headers: { ...carried, "x-request-id": `${control}-pay` },
      });
    };
    await failureOf(pay(await place(), "tok_decline"));
    // Our client retries until the outcome is known.
    await eventually(async () => pay(orderIds[1] ?? (await place()), "tok_timeout_after_charge"), {
      timeoutMs: 60_000,
    });
    const orderId = await place();
    const { payment } = await pay(orderId, "tok_approve");
    await untilAgreed(parties, orderId, { order: "PAID" });
    const back = { amount: eur(4), reason: control, idempotencyKey: `${control}-back` };
    await shop.refundPayment({ paymentId: payment!.id, ...back });
    await untilAgreed(parties, orderId, { order: "PAID", refunded: 400 });
    await admin.cancelOrder(
      { orderId, reason: control, idempotencyKey: `${control}-cancel` },
      { headers: { ...carried, "x-request-id": numbers[0]! } },
    );
    await untilAgreed(parties, orderId, { order: "REFUNDED" });
    await untilAgreed(parties, orderIds[1]!, { order: "PAID" });
    const { paymentMethod } = await payments.addPaymentMethod({
      ...{ paymentToken: "tok_approve", idempotencyKey: `${control}-card` },
    });
    expect(paymentMethod!.card!.last4).to.have.lengthOf(4);
  }).timeout(300_000);

  it("are in no row, event, dead letter, cache, log, metric or response", async () => {
    const found: string[] = [];
    const controls = new Map<string, number>();
    const search = ({ place, text }: kept.Kept, sure: string | RegExp) => {
      if (canary.test(text)) found.push(place);
      const kind = place.split(" ")[0]!;
      controls.set(kind, (controls.get(kind) ?? 0) + (text.match(sure) ? 1 : 0));
    };
    for await (const row of kept.rowsKept(cluster)) search(row, control);
    // The cache may have dropped the first user by now: another one is looked up.
    const newcomer = newUser();
    const items = [courseLine(newCourse())];
    await cluster.ordersAs(newcomer).createOrder({ items, idempotencyKey: control });
    await eventually(async () => {
      for await (const entry of kept.cacheKept(cluster)) search(entry, newcomer);
      return controls.get("redis")! > 0;
    });
    for (const line of kept.linesKept(cluster))
      search({ ...line, place: line.place.replace("log of ", "log-") }, control);
    for await (const metrics of kept.metricsKept(cluster))
      search({ ...metrics, place: "metrics" }, "grpc_server_handling_seconds");
    for (const response of responses)
      search({ ...response, place: `response ${response.place}` }, "CARD_NUMBER_REFUSED");
    for (const topic of await kept.topicsKept(cluster)) {
      const { records, close } = await cluster.listen(topic);
      if (topic === "order.events" || topic === "payment.events")
        await eventually(() => expect(records.map(({ key }) => key)).to.include.members(orderIds), {
          timeoutMs: 60_000,
        });
      for (const record of records)
        search({ place: `topic-${topic}`, text: JSON.stringify(record) }, new RegExp(orderIds.join("|")));
      await close();
    }

    expect(found).to.deep.equal([]);
    const looked = [...controls].filter(([, count]) => count > 0).map(([kind]) => kind);
    expect(looked).to.include.members([
      ...["till_order", "till_payment", "redis", "log-order", "log-payment", "metrics", "response"],
      ...["topic-order.events", "topic-payment.events"],
    ]);
  }).timeout(300_000);

  it("are in no file of Postgres, Kafka or Redis", async () => {
    expect(await kept.filesWith(cluster, new RegExp(control)), "files with what is no secret").to.not.be
      .empty;
    expect(await kept.filesWith(cluster, canary)).to.deep.equal([]);
  }).timeout(120_000);

  /** A role that may call the RPC gets CARD_NUMBER_REFUSED; the others get PERMISSION_DENIED. */
  async function expectRejected(
    service: DescService,
    method: DescMethod,
    request: object,
    more: Record<string, string>,
    where: string,
  ) {
    const failures = await Promise.all(roles.map((role) => attempt(service, method, request, more, role)));
    const reasons = new Set(failures.map((failure) => reasonOf(failure)));
    reasons.delete("PERMISSION_DENIED");
    expect([...reasons], where).to.deep.equal(["CARD_NUMBER_REFUSED"]);
  }

  async function attempt(...call: Parameters<AnyRpc["callToFail"]>): Promise<ConnectError> {
    const { error, text } = await rpcs.callToFail(...call);
    const [service, method] = call;
    responses.push({ place: `${service.typeName}/${method.name}`, text });
    return error;
  }
});

/** As a later version's client sends it: the message has a field that its reader does not know. */
function withUnknownField<Request extends Message>(message: Request): Request {
  const data = new BinaryWriter().string(canaries[0]!).finish();
  message.$unknown = [{ no: 4_242, wireType: WireType.LengthDelimited, data }];
  return message;
}
