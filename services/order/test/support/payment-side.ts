import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { PaymentSchema, PaymentStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService, type ListPaymentsRequest } from "@till/gen/till/payment/v1/payment_service_pb";
import { AppError } from "@till/rpc/errors";
import { allow, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";

/** A payment service that says what a test has told it, in pages of one. */
export type PaymentSide = {
  readonly address: string;
  /** What it has, by order. */
  readonly payments: Map<string, Payment[]>;
  stop(): Promise<void>;
};

export async function paymentSide(): Promise<PaymentSide> {
  const payments = new Map<string, Payment[]>();
  const notAsked = () => {
    throw new AppError("UNIMPLEMENTED", Code.Unimplemented, "nobody asks for this here");
  };
  const listPayments = ({ orderId, pageToken }: ListPaymentsRequest) => {
    const found = payments.get(orderId) ?? [];
    const at = Number(pageToken);
    return Promise.resolve({
      payments: found.slice(at, at + 1),
      nextPageToken: at + 1 < found.length ? String(at + 1) : "",
    });
  };
  const rpcs = Object.fromEntries(
    PaymentService.methods.map(({ localName }) => [localName, allow("anyone", notAsked)]),
  );
  const server = await serve({
    services: [{ service: PaymentService, rpcs: { ...rpcs, listPayments: allow("anyone", listPayments) } }],
    host: "127.0.0.1",
    port: 0,
    verify: notAsked,
    log: createLog({ service: "payment", level: "silent" }),
    metrics: createMetrics({ service: "payment" }),
  });
  return { address: `127.0.0.1:${server.port}`, payments, stop: () => server.drain() };
}

/** A payment of EUR, whole units. */
export function paymentOf(
  userId: string,
  given: { id: string; captured: number; refunded?: number; status?: PaymentStatus },
): Payment {
  const eur = (units: number) => ({ currencyCode: "EUR", units: BigInt(units) });
  const { id, captured, refunded = 0, status = PaymentStatus.PROCESSED } = given;
  return create(PaymentSchema, {
    id,
    userId,
    status,
    amount: eur(10),
    captured: eur(captured),
    refunded: eur(refunded),
  });
}
