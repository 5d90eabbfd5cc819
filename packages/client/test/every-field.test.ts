import type { DescMessage } from "@bufbuild/protobuf";
import {
  ConsumerLagSchema,
  DeadLetterSchema,
  GetLagResponseSchema,
  ReplayDeadLetterResponseSchema,
  ReplayDeadLettersResponseSchema,
  StuckSchema,
} from "@till/gen/till/ops/v1/ops_service_pb";
import { OrderEventSchema, OrderSchema } from "@till/gen/till/order/v1/order_pb";
import {
  OrderActionSchema,
  OrderDiscrepancySchema,
  PriceChangeSchema,
} from "@till/gen/till/order/v1/order_service_pb";
import {
  PaymentEventSchema,
  PaymentMethodSchema,
  PaymentSchema,
  RefundSchema,
} from "@till/gen/till/payment/v1/payment_pb";
import {
  MismatchSchema,
  ReconciliationSchema,
  VerifyAuditResponseSchema,
} from "@till/gen/till/payment/v1/payment_service_pb";
import { BookingSchema } from "@till/gen/till/session/v1/session_service_pb";
import {
  CreateEndpointResponseSchema,
  DeliverySchema,
  EndpointSchema,
  RotateSecretResponseSchema,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import { expect } from "chai";
import type { appError as opsError } from "../../ops/src/errors.ts";
import type { appError as gatewayError } from "../../../services/gateway/src/errors.ts";
import { publicServices } from "../../../services/gateway/src/rpc/public-services.ts";
import type { appError as orderError } from "../../../services/order/src/rules/errors.ts";
import type { appError as paymentError } from "../../../services/payment/src/rules/errors.ts";
import type { appError as webhookError } from "../../../services/webhook/src/rules/errors.ts";
import type { KnownReason } from "../src/index.ts";
import { filledTill } from "./support/fake-transport.ts";
import { all } from "./support/client-system.ts";

const eur = { currency: "EUR", amount: "7.00" };
const id = "018f0000-0000-7000-8000-000000000001";

describe("The client's objects", () => {
  /** An object has a value for each field of its message, in depth; a oneof's members are fields of it. */
  function expectFields(schema: DescMessage, object: unknown, path = schema.name): void {
    const fields = object as Record<string, unknown>;
    const members = new Set<string>();
    for (const field of schema.fields) {
      if (field.oneof && members.has(field.oneof.name)) continue;
      if (field.oneof) members.add(field.oneof.name);
      const place = `${path}.${field.localName}`;
      if (unused.has(place.split(".").slice(-2).join("."))) continue;
      expect(fields[field.localName], place).to.not.equal(undefined);
      if (!field.message || converted.has(field.message.typeName)) continue;
      const value = fields[field.localName];
      expectFields(field.message, Array.isArray(value) ? value[0] : value, place);
    }
  }
  /** These become one value each. */
  const converted = new Set(["google.type.Money", "google.protobuf.Timestamp", "google.protobuf.Struct"]);
  /** The revision of google.type.PostalAddress is always 0. */
  const unused = new Set(["shippingAddress.revision", "billingAddress.revision"]);

  it("have every field of their messages", async () => {
    const { till } = filledTill();
    const created = await till.orders.create({ items: [{ courseId: "c" }] });
    expectFields(OrderSchema, created);
    expectFields(PriceChangeSchema, created.priceChanges[0]);
    expectFields(OrderEventSchema, (await all(till.orders.events(id)))[0]);
    expectFields(OrderActionSchema, (await till.orders.explain(id)).actions[0]);
    expectFields(OrderDiscrepancySchema, (await till.orders.verify(id)).discrepancies[0]);
    const payment = await till.payments.get(id);
    expectFields(PaymentSchema, payment);
    expectFields(RefundSchema, payment.refunds[0]);
    expectFields(PaymentEventSchema, (await all(till.payments.events(id)))[0]);
    expectFields(PaymentMethodSchema, (await till.payments.methods.list())[0]);
    expectFields(BookingSchema, await till.sessions.get(id));
    const reconciliation = await till.payments.reconciliations.get(id);
    expectFields(ReconciliationSchema, reconciliation);
    expectFields(MismatchSchema, reconciliation.mismatches[0]);
    expectFields(VerifyAuditResponseSchema, await till.payments.verifyAudit());
    const { endpoints, deliveries } = till.webhooks;
    const endpoint = await endpoints.create({ url: "https://shop.example", eventTypes: ["*"] });
    expectFields(EndpointSchema, endpoint);
    expectFields(CreateEndpointResponseSchema, { endpoint, ...endpoint });
    expectFields(RotateSecretResponseSchema, await endpoints.rotateSecret(id));
    expectFields(DeliverySchema, (await all(deliveries.list(id)))[0]);
    const { deadLetters, ...ops } = till.ops.orders;
    expectFields(DeadLetterSchema, await deadLetters.get(id));
    expectFields(ReplayDeadLetterResponseSchema, await deadLetters.replay(id));
    expectFields(ReplayDeadLettersResponseSchema, await deadLetters.replayAll("payment.processed"));
    expectFields(StuckSchema, (await ops.stuck())[0]);
    expectFields(GetLagResponseSchema, await ops.lag());
    expectFields(ConsumerLagSchema, (await ops.lag()).consumers[0]);
  });

  it("come of every RPC that clients call", async () => {
    const { till, called, transport } = filledTill();
    const { orders, payments, sessions } = till;
    const { endpoints, deliveries } = till.webhooks;
    const reason = { reason: "why" };
    const payment = { orderId: id, amount: eur };
    await Promise.all([
      orders.create({ items: [{ courseId: "c" }] }),
      ...[orders.get(id), orders.getMany([id]), orders.findByCourse("c"), all(orders.list())],
      ...[all(orders.events(id)), all(orders.watch(id, { until: ["CREATED"] })), orders.explain(id)],
      ...[orders.cancel(id), orders.retryPayment(id), orders.requestRefund(id, reason)],
      ...[
        orders.approveRefund(id, { items: [{ itemId: id, amount: eur }] }),
        orders.rejectRefund(id, reason),
      ],
      ...[orders.closeRefund(id), orders.updateStatus(id, { status: "SHIPPED" }), orders.expire(id)],
      ...[orders.verify(id), orders.erasePerson("u", reason)],
      ...[payments.process(payment), payments.authorize({ ...payment, paymentMethodId: id })],
      ...[payments.capture(id), payments.void(id), payments.refund(id, { amount: eur }), payments.get(id)],
      ...[all(payments.list()), all(payments.events(id)), all(payments.watch(id, { until: ["PENDING"] }))],
      ...[payments.methods.add({ paymentToken: "tok" }), payments.methods.list()],
      ...[payments.methods.setDefault(id), payments.methods.remove(id)],
      ...[sessions.book({ sessionId: "s" }), sessions.get(id), all(sessions.list({ statuses: ["HELD"] }))],
      ...[sessions.reschedule(id, { sessionId: "s" }), sessions.cancel(id), sessions.cancelSession("s")],
      ...[sessions.complete(id), sessions.markNoShow(id)],
      ...[payments.reconciliations.start(), payments.reconciliations.get(id), payments.verifyAudit()],
      ...[endpoints.create({ url: "https://shop.example", eventTypes: ["*"] }), all(endpoints.list())],
      ...[endpoints.update(id, { disabled: true }), endpoints.delete(id), endpoints.rotateSecret(id)],
      ...[all(deliveries.list(id, { status: "FAILED" })), deliveries.redeliver(id)],
      ...Object.values(till.ops).flatMap((ops) => [
        ...[all(ops.deadLetters.list()), ops.deadLetters.get(id), ops.deadLetters.replay(id)],
        ...[ops.deadLetters.replayAll("payment.processed"), ops.deadLetters.discard(id, reason)],
        ...[ops.stuck(), ops.lag()],
      ]),
    ]);
    const rpcs = publicServices({ order: transport, payment: transport, webhook: transport }).flatMap(
      ({ service: { name, methods } }) => methods.map((method) => `${name}/${method.name}`),
    );
    // An order has its items.
    const left = new Set(["OrderService/ListOrderItems"]);
    expect(new Set(rpcs.filter((rpc) => !called.has(rpc)))).to.deep.equal(left);
  });

  it("list every reason of the services, which the compiler checks", () => {
    type Errors = typeof orderError | typeof paymentError | typeof webhookError;
    type Reasons = Parameters<Errors | typeof opsError | typeof gatewayError>[0];
    type Unlisted = Exclude<Reasons, KnownReason>;
    const isComplete: [Unlisted] extends [never] ? true : false = true;
    expect(isComplete).to.equal(true);
  });
});
