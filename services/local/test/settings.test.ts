import { timestampMs } from "@bufbuild/protobuf/wkt";
import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signatureOf } from "../../sandbox/src/psp/webhook-signature.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { reflectedServices } from "../../../test/support/reflected-services.ts";
import { localConfig } from "../src/config.ts";
import { ada, startEmbeddedSystem, type EmbeddedSystem } from "./embedded-system.ts";

const course = { case: "courseId", value: "018f0000-0000-7000-8000-0000000000c1" } as const;
const elsewhere = "127.0.0.1:1";

describe("npm start, with what the environment says", () => {
  let folder: string;
  let webhookPort: number;
  let system: EmbeddedSystem;
  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), "till-settings-"));
    webhookPort = await freePort();
    system = await startEmbeddedSystem({
      TILL_DATA_DIR: folder,
      TILL_WEBHOOK_PORT: `${webhookPort}`,
      TILL_REFLECTION: "off",
      TILL_ORDER_EXPIRY_SECONDS: "4321",
      TILL_MAX_UNPAID_ORDERS: "1",
      TILL_MAX_ATTEMPTS_PER_USER_HOUR: "1",
      TILL_MAX_PAYMENT_ATTEMPTS: "5",
      TILL_ENCRYPTION_KEYS: `mine:${Buffer.alloc(32, 1).toString("base64")}`,
      TILL_PSP_WEBHOOK_SECRET: "a secret of my own",
      // What a shell may have for services in processes of their own.
      ...{ ORDER_DATABASE_URL: "postgres://127.0.0.1:1/x", PAYMENT_DATABASE_URL: "postgres://127.0.0.1:1/x" },
      ...{
        DATABASE_URL: "postgres://127.0.0.1:1/x",
        REDIS_URL: "redis://127.0.0.1:1",
        KAFKA_BROKERS: elsewhere,
      },
      ...{
        TILL_INVENTORY_ADDRESS: elsewhere,
        TILL_CATALOG_ADDRESS: elsewhere,
        TILL_ORDER_ADDRESS: elsewhere,
      },
      ...{ TILL_PSP_WEBHOOK_URL: `http://${elsewhere}`, TILL_PSP_URL: `http://${elsewhere}`, TILL_PORT: "1" },
      ...{ TILL_JWT_ISSUER: "another-issuer", TILL_PROVIDER: "stripe", TILL_HOST: "192.0.2.1" },
    });
  });
  after(async function () {
    this.timeout(60_000);
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("goes by the order service's policies and the payment service's limits", async () => {
    const orders = system.ordersAs(ada);
    const { order } = await orders.createOrder({ items: [{ item: course }], idempotencyKey: randomUUID() });
    expect(timestampMs(order!.expiresAt!) - timestampMs(order!.createdAt!)).to.equal(4_321_000);
    const second = orders.createOrder({
      items: [{ item: { ...course, value: "018f0000-0000-7000-8000-0000000000c2" } }],
      idempotencyKey: randomUUID(),
    });
    expect(await rejectionReason(second)).to.equal("RATE_LIMITED");
    const pay = () =>
      system.paymentsAs(ada).processPayment({
        orderId: order!.id,
        amount: order!.total!,
        method: { case: "paymentToken", value: "tok_decline" },
        idempotencyKey: randomUUID(),
      });
    expect(await rejectionReason(pay())).to.equal("PAYMENT_DECLINED");
    expect(await rejectionReason(pay())).to.equal("RATE_LIMITED");
  });

  it("tells its schema on no port where reflection is off", async () => {
    const addresses = [system.orderAddress, system.paymentAddress, system.upstreamsAddress];
    for (const address of addresses) expect(await reflectedServices(address), address).to.equal(undefined);
  });

  it("signs its webhooks and encrypts stored cards with the secrets it is given", async () => {
    const { paymentMethod } = await system.paymentsAs(ada).addPaymentMethod({
      paymentToken: "tok_approve",
      idempotencyKey: randomUUID(),
    });
    expect(paymentMethod?.id).to.not.equal(undefined);
    // Signed well it is read, and found to be no event.
    const statuses = [await webhookStatus("a secret of my own"), await webhookStatus("another secret")];
    expect(statuses).to.deep.equal([400, 401]);
  });

  async function webhookStatus(secret: string): Promise<number> {
    const headers = { "psp-signature": signatureOf(secret, "{}", Date.now()) };
    const url = `http://127.0.0.1:${webhookPort}/webhooks/sandbox`;
    return (await fetch(url, { method: "POST", headers, body: "{}" })).status;
  }

  for (const [name, value] of [
    ["TILL_ORDER_EXPIRY_SECONDS", "never"],
    ["TILL_REFLECTION", "maybe"],
    ["TILL_CANCEL_AFTER_PAID", "yes"],
    ["TILL_RESOLVE_AFTER_SECONDS", "-1"],
    ["TILL_ENCRYPTION_KEYS", "short"],
    ["TILL_PSP_WEBHOOK_SECRET", "short"],
  ] as const) {
    it(`names ${name} in a line when it is wrong, before anything is started`, () => {
      expect(() => localConfig({ [name]: value })).to.throw(new RegExp(`\n  ${name}: [^\n]+$`));
    });
  }
});
