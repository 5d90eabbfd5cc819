import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type Payment, PaymentSchema, PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { type ListPaymentsRequest, PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { AppError } from "@till/rpc/errors";
import { allow, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { eur } from "../../../../test/support/fixtures.ts";

/** A payment service of which ListPayments alone is implemented: it returns what a test sets, in pages of one. */
export type PaymentStub = {
  readonly address: string;
  /** By order id. */
  readonly payments: Map<string, Payment[]>;
  stop(): Promise<void>;
};

/** Starts it on a free port. */
export async function startPaymentStub(): Promise<PaymentStub> {
  const payments = new Map<string, Payment[]>();
  const notImplemented = () => {
    throw new AppError("UNIMPLEMENTED", Code.Unimplemented, "the stub has ListPayments alone");
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
    PaymentService.methods.map(({ localName }) => [localName, allow("anyone", notImplemented)]),
  );
  const server = await serve({
    services: [{ service: PaymentService, rpcs: { ...rpcs, listPayments: allow("anyone", listPayments) } }],
    host: "127.0.0.1",
    port: 0,
    verify: notImplemented,
    log: createLog({ service: "payment", level: "silent" }),
    metrics: createMetrics({ service: "payment" }),
  });
  return { address: `127.0.0.1:${server.port}`, payments, stop: () => server.drain() };
}

/** A payment of EUR 10.00; `captured` and `refunded` in whole euros. */
export function paymentOf(
  userId: string,
  given: { id: string; captured: number; refunded?: number; status?: PaymentStatus },
): Payment {
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
