import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { readBody, type Contracts } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { EventRecord } from "@till/events/bus";
import { eventFromRecord } from "@till/events/consume";
import { newId } from "@till/ids";
import { expect } from "chai";
import { readEventContract } from "../../../test/support/event-contract.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { shop } from "../../../test/support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

const contracts: Contracts = paymentEvents;

describe("The events of payments", () => {
  let environment: PaymentEnvironment;
  before(async () => (environment = await startPaymentEnvironment()));
  after(() => environment?.stop());

  it("are each published in the life of some payment, as payment-events.yaml has them, and read in full", async () => {
    const file = await readEventContract("payment");
    const orderIds = [
      await refund(),
      await voidAuthorized(),
      await decline(),
      await exceedCaptured(),
      await dispute(),
    ];
    const published = await eventually(() => {
      const records = orderIds.flatMap((orderId) => environment.records(orderId));
      const types = new Set(records.map(({ headers }) => headers["ce_type"]));
      expect(Object.keys(contracts).filter((type) => !types.has(type))).to.deep.equal([]);
      return records;
    });
    for (const record of published) {
      file.expectRecord(record);
      expectContract(record);
    }
  });

  function expectContract(record: EventRecord): void {
    const { type, data } = eventFromRecord(record);
    expect(contracts).to.have.property(type);
    const fields = (body: unknown) => Object.keys(body as object).sort();
    expect(fields(readBody(contracts[type]!, data)), type).to.deep.equal(fields(data));
  }

  const operations = () => paymentOperations(environment);

  async function refund(): Promise<string> {
    const { id, orderId } = await operations().charge();
    await operations().refund(id, { amount: 9 });
    return orderId;
  }

  async function voidAuthorized(): Promise<string> {
    const { id, orderId } = await operations().authorize();
    await operations().void(id);
    return orderId;
  }

  async function decline(): Promise<string> {
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_decline_insufficient_funds"));
    return orderId;
  }

  /** The sandbox opens the dispute and closes it, and a reconciliation syncs the payment. */
  async function dispute(): Promise<string> {
    const { id, orderId } = await operations().charge("tok_dispute_lost");
    await eventually(async () => {
      const response = await fetch(`${environment.psp.url}/payments/${id}`);
      const { dispute: shown } = (await response.json()) as { dispute?: { state: string } };
      expect(shown?.state).to.equal("lost");
    });
    const admin = environment.payments(shop, "admin");
    const created = { createdAfter: timestampFromDate(new Date(Date.now() - 60_000)) };
    const until = timestampFromDate(new Date(Date.now() + 60_000));
    const command = { ...created, createdBefore: until, repair: true, idempotencyKey: newId() };
    await admin.startReconciliation(command);
    return orderId;
  }

  async function exceedCaptured(): Promise<string> {
    const { id: paymentId, orderId } = await operations().charge();
    const approved = { paymentId, refundId: newId(), amount: 100, currency: "EUR" };
    await environment.publishOrderEvent("order.refund_approved", orderId, approved);
    return orderId;
  }
});
