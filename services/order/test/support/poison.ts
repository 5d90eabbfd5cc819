import type { DeadLetter } from "@till/gen/till/ops/v1/ops_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import type { Purchase, PurchaseEnvironment } from "./purchases.ts";

/** A fault in the database that makes each payment of these orders' events fail, until it is mended. */
export async function breakPayments(environment: PurchaseEnvironment): Promise<{ mend(): Promise<void> }> {
  await environment.query(`
    CREATE FUNCTION break_payments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.type = 'PAYMENT_SUCCEEDED' THEN RAISE EXCEPTION 'a fault for the test'; END IF;
      RETURN NEW;
    END $$`);
  await environment.query(
    `CREATE TRIGGER break_payments BEFORE INSERT ON order_event FOR EACH ROW EXECUTE FUNCTION break_payments()`,
  );
  return {
    async mend() {
      await environment.query(`DROP FUNCTION IF EXISTS break_payments CASCADE`);
    },
  };
}

/** Begins a payment whose payment.processed becomes a dead letter. */
export async function placePoisoned(environment: PurchaseEnvironment): Promise<Purchase> {
  const purchase = await environment.place();
  await environment.beginPayment(purchase);
  await environment.pay(purchase);
  return purchase;
}

/** Publishes a payment.processed that no one can read; returns its order's id. */
export async function publishUnreadable(environment: PurchaseEnvironment): Promise<string> {
  const orderId = v7();
  await environment.bus.publish([
    {
      topic: "payment.events",
      key: orderId,
      headers: { ce_specversion: "1.0", ce_id: v7(), ce_type: "payment.processed", ce_source: "test" },
      value: "{",
    },
  ]);
  return orderId;
}

/** The dead letter of an order. */
export async function deadLetterOf(environment: PurchaseEnvironment, orderId: string): Promise<DeadLetter> {
  const { deadLetters } = await environment.opsAs("admin").listDeadLetters({ pageSize: 200 });
  const found = deadLetters.find(({ key }) => key === orderId);
  expect(found, `a dead letter of ${orderId}`).to.not.equal(undefined);
  return found!;
}

/** The recorded actions on a dead letter. */
export function actionsOn(environment: PurchaseEnvironment, id: string) {
  return environment.query(
    `SELECT actor, action, result, reason FROM operator_action WHERE subject = $1 ORDER BY at, id`,
    [id],
  );
}
