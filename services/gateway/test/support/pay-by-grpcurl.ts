import type { Order } from "@till/gen/till/order/v1/order_pb";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { grpcurlEnv, hasGrpcurl } from "../../../../test/support/cookbook.ts";
import type { ConsoleSystem } from "./console-system.ts";

const run = promisify(execFile);

/** Pays an order by grpcurl; by our own client where it is not installed. */
export async function payByGrpcurl(system: ConsoleSystem, order: Order): Promise<void> {
  if (!(await hasGrpcurl())) return system.pay(order);
  const { authorization } = await system.bearer(order.userId);
  const { currencyCode, units, nanos } = order.total!;
  const request = {
    orderId: order.id,
    amount: { currencyCode, units: String(units), nanos },
    paymentToken: "tok_approve",
    idempotencyKey: system.newKey(),
  };
  const call = [system.paymentAddress, "till.payment.v1.PaymentService/ProcessPayment"];
  await run(
    "grpcurl",
    ["-plaintext", "-H", `authorization: ${authorization}`, "-d", JSON.stringify(request), ...call],
    { env: grpcurlEnv },
  );
}
