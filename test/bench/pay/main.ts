import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { msOf, runClosedLoop, type LoopResult } from "../load/closed-loop.ts";
import { tellResult } from "../load/tell-bench.ts";

/** What the bench hands to the process that pays, as JSON. */
export type PayOrder = {
  readonly orderPort: number;
  readonly paymentPort: number;
  readonly token: string;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

/** How long the provider takes to answer this token. */
const providerToken = "tok_50ms";

tellResult(await pay(JSON.parse(process.argv[2]!) as PayOrder));

/** Pays orders of users of their own, so many at once; each is placed just before and only its payment is timed. */
async function pay({ inFlight, warmUpMs, measuredMs, ...given }: PayOrder): Promise<LoopResult> {
  const token = () => Promise.resolve(given.token);
  const transports = [given.orderPort, given.paymentPort].map((port) =>
    grpcTransport({ address: `127.0.0.1:${port}`, token, timeoutMs: 15_000 }),
  );
  const orders = createClient(OrderService, transports[0]!);
  const payments = createClient(PaymentService, transports[1]!);

  const place = async () => {
    const { order } = await orders.createOrder({
      userId: `018f0000-0000-7000-9000-${newId().slice(24)}`,
      items: [{ item: { case: "courseId", value: "018f0000-0000-7000-a000-000000000001" } }],
      idempotencyKey: newId(),
    });
    return order!;
  };
  // Created beforehand, so that the payments alone are what the machine works on; a long warm-up creates more by itself.
  const expected = Math.ceil(((3 * warmUpMs + measuredMs) / 1000) * Math.min(inFlight * 20, 1_000));
  const ready: Awaited<ReturnType<typeof place>>[] = [];
  while (ready.length < expected) ready.push(...(await Promise.all(Array.from({ length: 128 }, place))));

  async function payOnce(): Promise<number> {
    const { id: orderId, total } = ready.pop() ?? (await place());
    const method = { case: "paymentToken" as const, value: providerToken };
    const request = { orderId, amount: total!, method, idempotencyKey: newId() };
    return msOf(() => payments.processPayment(request));
  }
  const result = await runClosedLoop({ atOnce: inFlight, warmUpMs, measuredMs, once: payOnce });
  transports.forEach((transport) => transport.close());
  return result;
}
