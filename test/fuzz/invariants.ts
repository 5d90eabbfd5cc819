import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PaymentStatus, RefundStatus } from "@till/gen/till/payment/v1/payment_pb";
import { MismatchKind, ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import pMap from "p-map";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../support/cluster.ts";
import { newUser } from "../support/fixtures.ts";

/** Returned once nothing is broken, or with what still is after this time: payments and refunds need some to end. */
const patienceMs = 120_000;

/**
 * Checks what has to hold whatever was sent: each order agrees with its history and its payments, no event is a dead
 * letter or unsent, and reconciliation is clean. Returns what does not hold, in words.
 */
export async function brokenInvariants(cluster: Cluster, since: Date): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const broken = [
      ...(await undelivered(cluster)),
      ...(await inconsistentOrders(cluster)),
      ...(await mismatches(cluster, since)),
    ];
    if (broken.length === 0 || Date.now() > deadline) return broken;
    await delay(2_000);
  }
}

async function undelivered(cluster: Cluster): Promise<string[]> {
  const broken: string[] = [];
  for (const database of ["till_order", "till_payment", "till_webhook"] as const) {
    const letters = await cluster.rows(
      database,
      "SELECT headers->>'ce_type' AS type, reason FROM dead_letter",
    );
    for (const { type, reason } of letters)
      broken.push(`${database}: dead letter ${String(type)}: ${String(reason)}`);
    for (const table of ["outbox", "parked_event"]) {
      const [row] = await cluster.rows(database, `SELECT count(*)::int AS count FROM ${table}`);
      if (row!.count !== 0) broken.push(`${database}: ${String(row!.count)} rows in ${table}`);
    }
  }
  return broken;
}

async function inconsistentOrders(cluster: Cluster): Promise<string[]> {
  const orders = cluster.ordersAs(newUser(), "admin");
  const rows = await cluster.rows("till_order", "SELECT id FROM orders");
  const found = await pMap(
    rows.map(({ id }) => String(id)),
    async (orderId) => {
      const { consistent, discrepancies } = await orders.verifyOrder({ orderId });
      if (consistent) return [];
      const owed = await paymentsOwed(cluster, orderId);
      const texts = discrepancies
        .filter(({ subject }) => !owed.some((id) => subject === `payment ${id}: money kept`))
        .map(({ subject, expected, found }) => `${subject}: ${expected}, not ${found}`);
      if (texts.length === 0) return [];
      return [`order ${orderId} is inconsistent: ${texts.join("; ")}; ${await historyOf(cluster, orderId)}`];
    },
    { concurrency: 8 },
  );
  return found.flat();
}

/** Payments whose refund the provider has declined: Till tries again after minutes, and reports them until then. */
async function paymentsOwed(cluster: Cluster, orderId: string): Promise<string[]> {
  const payments = cluster.paymentsAs(newUser(), "admin");
  const { payments: all } = await payments.listPayments({ orderId });
  const owed = await Promise.all(
    all.map(async ({ id }) => {
      const { refunds } = await payments.getPayment({ paymentId: id });
      return refunds.some(({ status }) => status === RefundStatus.FAILED) ? [id] : [];
    }),
  );
  return owed.flat();
}

async function mismatches(cluster: Cluster, since: Date): Promise<string[]> {
  const payments = cluster.paymentsAs(newUser(), "admin");
  const started = await payments.startReconciliation({
    createdAfter: timestampFromDate(since),
    createdBefore: timestampFromDate(new Date()),
    idempotencyKey: `invariants-${Date.now()}`,
  });
  let { reconciliation } = started;
  while (reconciliation?.status === ReconciliationStatus.RUNNING) {
    await delay(200);
    const reconciliationId = reconciliation.id;
    ({ reconciliation } = await payments.getReconciliation({ reconciliationId }));
  }
  const { status, mismatches, problem } = reconciliation!;
  if (status === ReconciliationStatus.CLEAN) return [];
  return [
    `reconciliation is ${ReconciliationStatus[status]} ${problem}`,
    ...mismatches.map(
      ({ kind, paymentId, orderId, internal, external }) =>
        `mismatch ${MismatchKind[kind]} of payment ${paymentId}, order ${orderId}: ${internal}, provider ${external}`,
    ),
  ];
}

/** What happened to an order and its payments, because the databases are gone when the run has ended. */
async function historyOf(cluster: Cluster, orderId: string): Promise<string> {
  const orderEvents = await cluster.ordersAs(newUser(), "admin").listOrderEvents({ orderId });
  const payments = cluster.paymentsAs(newUser(), "admin");
  const lines = [`order ${orderEvents.events.map(({ type }) => type).join(", ")}`];
  for (const { id, status } of (await payments.listPayments({ orderId })).payments) {
    const { events } = await payments.listPaymentEvents({ paymentId: id });
    lines.push(`payment ${id} ${PaymentStatus[status]}: ${events.map(({ type }) => type).join(", ")}`);
  }
  const ledger = await cluster.ledger(orderId);
  lines.push(`provider ${ledger.map(({ type, amount }) => `${type} ${amount}`).join(", ")}`);
  return lines.join("; ");
}
