import type { DescMessage, Message } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Cluster } from "../support/cluster.ts";
import {
  courseLine,
  newCourse,
  newProduct,
  newSession,
  berlin,
  productLine,
  sessionLine,
} from "../support/fixtures.ts";
import type { KnownIds } from "./known-ids.ts";

/** Makes orders, payments, payment methods and a reconciliation, so that the first calls have something to name. */
export async function prepare(cluster: Cluster, users: readonly string[], ids: KnownIds): Promise<void> {
  for (const user of users) await prepareFor(user, cluster, ids);
  const start = { createdAfter: timestampFromDate(new Date(0)), idempotencyKey: "prepared" };
  const reconciliation = await cluster.paymentsAs(users[0]!, "admin").startReconciliation(start);
  ids.harvest(PaymentService.method.startReconciliation.output, reconciliation);
}

async function prepareFor(user: string, cluster: Cluster, ids: KnownIds): Promise<void> {
  const [orders, payments] = [cluster.ordersAs(user), cluster.paymentsAs(user)];
  const { createOrder, listOrders } = OrderService.method;
  const { authorizePayment, processPayment, addPaymentMethod } = PaymentService.method;
  const keep = async <Response extends Message>(
    { output }: { output: DescMessage },
    call: Promise<Response>,
  ) => {
    const response = await call;
    ids.harvest(output, response);
    return response;
  };
  let keys = 0;
  const key = () => `prepared-${(keys += 1)}`;
  async function order() {
    const items = [courseLine(newCourse()), sessionLine(newSession()), productLine(newProduct())];
    const request = { items, shippingAddress: berlin, idempotencyKey: key() };
    const { order } = await keep(createOrder, orders.createOrder(request));
    return order!;
  }
  const method = { case: "paymentToken" as const, value: "tok_approve" };
  const [, toPay, toAuthorize] = [await order(), await order(), await order()];
  const payment = ({ id, total }: typeof toPay) => ({
    orderId: id,
    amount: total!,
    method,
    idempotencyKey: key(),
  });
  await keep(processPayment, payments.processPayment(payment(toPay)));
  await keep(authorizePayment, payments.authorizePayment(payment(toAuthorize)));
  await keep(
    addPaymentMethod,
    payments.addPaymentMethod({ paymentToken: "tok_approve", idempotencyKey: key() }),
  );
  await keep(listOrders, orders.listOrders({ pageSize: 1 }));
}
