import type { DescMessage } from "@bufbuild/protobuf";
import { OrderEventSchema, OrderSchema } from "@till/gen/till/order/v1/order_pb";
import {
  OrderActionSchema,
  OrderService,
  OrderDiscrepancySchema,
  PriceChangeSchema,
} from "@till/gen/till/order/v1/order_service_pb";
import {
  PaymentEventSchema,
  PaymentMethodSchema,
  PaymentSchema,
  RefundSchema,
} from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { BookingSchema, SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import type { appError as orderError } from "../../../services/order/src/rules/errors.ts";
import type { appError as paymentError } from "../../../services/payment/src/rules/errors.ts";
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
  });

  it("come of every RPC that clients call", async () => {
    const { till, called } = filledTill();
    const { orders, payments, sessions } = till;
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
    ]);
    const rpcs = [OrderService, PaymentService, SessionService].flatMap(({ name, methods }) =>
      methods.map((method) => `${name}/${method.name}`),
    );
    expect(rpcs.filter((rpc) => !called.has(rpc))).to.deep.equal([
      // An order has its items.
      "OrderService/ListOrderItems",
      // Operators' calls, which `npm run reconcile` makes.
      "PaymentService/StartReconciliation",
      "PaymentService/GetReconciliation",
      "PaymentService/VerifyAudit",
    ]);
  });

  it("list every reason of the services, which the compiler checks", () => {
    type Reasons = Parameters<typeof orderError>[0] | Parameters<typeof paymentError>[0];
    type Unlisted = Exclude<Reasons, KnownReason>;
    const isComplete: [Unlisted] extends [never] ? true : false = true;
    expect(isComplete).to.equal(true);
  });
});
