import { ConnectError, type Code } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { isTillError, type Order as TillOrder } from "@till/client";
import type { Payment as TillPayment, Refund as TillRefund } from "@till/client";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import type { Money as ProtoMoney } from "@till/gen/google/type/money_pb";
import { OrderStatus, type Order } from "@till/gen/till/order/v1/order_pb";
import { PaymentStatus, RefundStatus, type Payment, type Refund } from "@till/gen/till/payment/v1/payment_pb";
import { moneyFromProto, moneyToDecimal } from "@till/money";
import { factsOf } from "../../../../test/support/failure-of.ts";

/** What a call comes to, in terms that every protocol has: what is returned, or why the call fails. */
export type Outcome = { readonly returns: readonly Returned[] } | { readonly fails: Failure };

/** An order, a payment or a refund, as REST names it; the status is the services' own. */
type Returned = { readonly id: string; readonly status: string; readonly amount: string };

type Failure = {
  readonly reason: string;
  readonly code: Code;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  /** Paths of the fields at fault. REST has its own names of them. */
  readonly fields: readonly string[];
};

export type TillResult = TillOne | readonly TillOne[];
type TillOne = TillOrder | TillPayment | TillRefund;

/** The outcome of a call of an RPC. */
export async function rpcOutcome(response: Promise<object>): Promise<Outcome> {
  try {
    return { returns: returnedIn(await response) };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const badRequests = error.findDetails(BadRequestSchema);
    const fields = badRequests.flatMap(({ fieldViolations }) => fieldViolations).map(({ field }) => field);
    return { fails: { ...factsOf(error), code: error.code, fields } };
  }
}

/** The outcome of a call of `@till/client`. */
export async function tillOutcome(result: Promise<TillResult>): Promise<Outcome> {
  try {
    const returns = [await result].flat().map((one) => {
      const { amount } = "total" in one ? one.total : one.amount;
      return { id: one.id, status: one.status, amount };
    });
    return { returns };
  } catch (error) {
    if (!isTillError(error)) throw error;
    const { reason, metadata, violations } = error;
    const code = codeFromString(error.code.toLowerCase())!;
    return {
      fails: { reason, code, metadata: { ...metadata }, fields: violations.map(({ field }) => field) },
    };
  }
}

type Response = {
  readonly order?: Order;
  readonly orders?: readonly Order[];
  readonly payment?: Payment;
  readonly refund?: Refund;
};

function returnedIn(response: Response): Returned[] {
  const { order, orders = [order], payment, refund } = response;
  const returned = (id: string, status: string | undefined, amount: ProtoMoney | undefined) => ({
    ...{ id, status: status!, amount: moneyToDecimal(moneyFromProto(amount!)) },
  });
  return [
    ...orders.flatMap((one) => (one ? [returned(one.id, OrderStatus[one.status], one.total)] : [])),
    ...(payment ? [returned(payment.id, PaymentStatus[payment.status], payment.amount)] : []),
    ...(refund ? [returned(refund.id, RefundStatus[refund.status], refund.amount)] : []),
  ];
}
