import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { quantilesOf, type Quantiles } from "../load/quantiles.ts";

/** What the bench hands to the process that pays, as JSON. */
export type PayOrder = {
  readonly orderPort: number;
  readonly paymentPort: number;
  readonly token: string;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

export type PayResult = Quantiles & { readonly perSecond: number };

/** How long the provider takes to answer this token. */
const providerToken = "tok_50ms";

const order = JSON.parse(process.argv[2]!) as PayOrder;
const result = await pay(order);
process.channel?.ref(); // alive until stopped, so that the result is not lost on its way
process.once("disconnect", () => process.exit());
process.send?.({ result });

/** Pays orders of users of their own, so many at once; each is placed just before and only its payment is timed. */
async function pay({ inFlight, warmUpMs, measuredMs, ...given }: PayOrder): Promise<PayResult> {
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
  // Created beforehand, so that the payments alone are what the machine works on.
  const expected = Math.ceil(((warmUpMs + measuredMs) / 1000) * Math.min(inFlight * 20, 1_500));
  const ready: Awaited<ReturnType<typeof place>>[] = [];
  while (ready.length < expected) ready.push(...(await Promise.all(Array.from({ length: 128 }, place))));

  const tookMs: number[] = [];
  const startsAt = performance.now() + warmUpMs;
  const endsAt = startsAt + measuredMs;
  async function payOn(): Promise<void> {
    while (performance.now() < endsAt) {
      const { id: orderId, total } = ready.pop() ?? (await place());
      const startedAt = performance.now();
      await payments.processPayment({
        orderId,
        amount: total!,
        method: { case: "paymentToken", value: providerToken },
        idempotencyKey: newId(),
      });
      const endedAt = performance.now();
      if (startedAt >= startsAt && endedAt <= endsAt) tookMs.push(endedAt - startedAt);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, payOn));
  transports.forEach((transport) => transport.close());
  return { perSecond: tookMs.length / (measuredMs / 1000), ...quantilesOf(Float64Array.from(tookMs)) };
}
