import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { newId } from "@till/ids";
import { Pool } from "pg";
import { reasonOf } from "@till/rpc/errors";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { ada } from "../../../test/support/fixtures.ts";
import { price } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { keyRingFrom } from "@till/encryption/key-ring";
import { openPaymentMethods } from "../src/store/open-payment-methods.ts";
import type { PaymentMethods } from "../src/store/payment-methods.ts";

const [k1, k2, k3] = ["k1", "k2", "k3"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
const details = { brand: "visa", last4: "4242", expMonth: 12, expYear: 2034 };

describe("Encryption keys of payment methods", () => {
  let environment: PaymentEnvironment;
  let pool: Pool;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ env: { TILL_ENCRYPTION_KEYS: "" } });
    pool = new Pool({ connectionString: environment.env.DATABASE_URL, max: 3 });
  });
  after(async () => {
    await pool?.end();
    await environment?.stop();
  });
  beforeEach(() => environment.query("DELETE FROM payment_method"));

  const methodsWith = (keys: string) => openPaymentMethods({ pool }, keyRingFrom(keys, "payment-method"));
  async function add(methods: PaymentMethods, token: string, userId = newId()) {
    const card = { id: newId(), token, details, makeDefault: false };
    const { method } = await methods.add(card, {
      userId,
      now: new Date(),
      actor: "test",
      request: undefined,
    });
    return method;
  }
  const tokenOf = (methods: PaymentMethods, { userId, id }: { userId: string; id: string }) =>
    methods.tokenFor(userId, id);
  const problemOf = (work: Promise<unknown>) =>
    work.then(
      () => "none",
      (error: Error) => error.message,
    );

  it("are needed by the payment methods' RPCs alone, which return ENCRYPTION_NOT_CONFIGURED without them", async () => {
    const client = environment.payments();
    for (const call of [
      () => client.addPaymentMethod({ paymentToken: "tok_approve", idempotencyKey: newId() }),
      () => client.listPaymentMethods({}),
      () => client.setDefaultPaymentMethod({ paymentMethodId: newId() }),
      () => client.removePaymentMethod({ paymentMethodId: newId() }),
    ])
      expect(factsOf(await failureOf(call())).reason).to.equal("ENCRYPTION_NOT_CONFIGURED");
    const orderId = await environment.placeOrder(ada);
    const unnamed = client.processPayment({ orderId, amount: price, idempotencyKey: newId() });
    expect(reasonOf(await failureOf(unnamed))).to.equal("PAYMENT_METHOD_REQUIRED");
    expect((await environment.pay(orderId)).payment!.transactionId).to.match(/^ch_/);
  });

  it("keep the provider's token out of the database, and encrypt equal tokens differently", async () => {
    const methods = methodsWith(k1!);
    const [one, two] = [await add(methods, "tok_secret_token"), await add(methods, "tok_secret_token")];
    const rows = await environment.query("SELECT * FROM payment_method");
    const dump = rows.map((row) => JSON.stringify(row) + Object.values(row).join()).join();
    expect(dump).not.to.include("secret").and.not.include(Buffer.from("tok_secret").toString("hex"));
    for (const column of ["nonce", "encrypted_token"] as const)
      expect(new Set(rows.map((row) => (row[column] as Buffer).toString("hex"))).size).to.equal(2);
    expect([await tokenOf(methods, one), await tokenOf(methods, two)]).to.deep.equal(
      Array(2).fill("tok_secret_token"),
    );
  });

  it("decrypt an unchanged row alone, for its own user and id", async () => {
    const methods = methodsWith(k1!);
    const [one, two] = [await add(methods, "tok_a"), await add(methods, "tok_b")];
    await environment.query(
      `UPDATE payment_method t SET nonce = o.nonce, encrypted_token = o.encrypted_token FROM payment_method o WHERE t.id = $1 AND o.id = $2`,
      [one.id, two.id],
    );
    expect(await problemOf(tokenOf(methods, one))).to.include("cannot be decrypted");
    expect(await tokenOf(methods, two)).to.equal("tok_b");
    await environment.query(
      `UPDATE payment_method SET encrypted_token = set_byte(encrypted_token, 0, get_byte(encrypted_token, 0) # 1) WHERE id = $1`,
      [two.id],
    );
    expect(await problemOf(tokenOf(methods, two))).to.include("cannot be decrypted");
    await environment.query(`UPDATE payment_method SET encrypted_token = '' WHERE id = $1`, [two.id]);
    expect(await problemOf(tokenOf(methods, two))).to.include("cannot be decrypted");
  });

  it("distinguish a missing key from a wrong key of the same name", async () => {
    const method = await add(methodsWith(k1!), "tok_a");
    const missing = await tokenOf(methodsWith(k2!), method).catch((error: unknown) => error);
    expect(missing).to.deep.include({
      reason: "ENCRYPTION_NOT_CONFIGURED",
      facts: { metadata: { key_id: "k1" } },
    });
    const wrong = methodsWith(`k1:${randomBytes(32).toString("base64")}`);
    expect(await problemOf(tokenOf(wrong, method)))
      .to.include("cannot be decrypted")
      .and.not.include("tok_a");
  });

  it("work side by side: the first encrypts, all decrypt, and a card is the same card under either", async () => {
    const method = await add(methodsWith(k1!), "tok_a");
    const both = methodsWith(`${k2},${k1}`);
    expect(await tokenOf(both, method)).to.equal("tok_a");
    expect((await add(both, "tok_a", method.userId)).id).to.equal(method.id);
    const newer = await add(both, "tok_b");
    expect(
      await environment.query("SELECT key_id FROM payment_method WHERE id = $1", [newer.id]),
    ).to.deep.equal([{ key_id: "k2" }]);
  });

  it("rotate: the old key is not needed afterwards, removed cards stay erased, and a repeat finds nothing", async () => {
    const old = methodsWith(k1!);
    const methods = [];
    for (let n = 0; n < 450; n += 1) methods.push(await add(old, `tok_${n}`));
    await old.remove(methods[0]!.id, {
      userId: methods[0]!.userId,
      now: new Date(),
      actor: "test",
      request: undefined,
    });
    const [first, second] = await Promise.all([rotate(`${k2},${k1}`), rotate(`${k2},${k1}`)]);
    expect([first.code, second.code]).to.deep.equal([0, 0]);
    expect(rotatedBy(first.out) + rotatedBy(second.out)).to.equal(449);
    // Either may have come when the other was done.
    expect(first.out + second.out).to.match(/^rotated \d+, failed 0$/m);
    for (const { out } of [first, second]) expect(out).to.include("key k2: 449 payment methods");
    const newOnly = methodsWith(k2!);
    for (const [n, method] of methods.entries())
      if (n > 0) expect(await tokenOf(newOnly, method)).to.equal(`tok_${n}`);
    expect((await add(newOnly, "tok_7", methods[7]!.userId)).id).to.equal(methods[7]!.id);
    expect(rotatedBy((await rotate(`${k2},${k1}`)).out)).to.equal(0);
  }).timeout(60_000);

  it("rotate what can be decrypted, name the rest, and end with exit code 1", async () => {
    const lost = await add(methodsWith(k3!), "tok_lost");
    const method = await add(methodsWith(k1!), "tok_a");
    const { code, out } = await rotate(`${k2},${k1}`);
    expect(code).to.equal(1);
    expect(out).to.include(`payment method ${lost.id} could not be`).and.include("key k3: 1 payment methods");
    expect(await tokenOf(methodsWith(k2!), method)).to.equal("tok_a");
  });

  it("rotate nothing when missing or malformed, and are never printed", async () => {
    for (const keys of ["", "k1:short", `${k1},${k1}`]) {
      const { code, out } = await rotate(keys);
      expect([code, out]).to.deep.equal([1, out.match(/^rotate-keys: [^]*TILL_ENCRYPTION_KEYS[^]*$/)?.[0]]);
      expect(out).not.to.include(k1!.slice(3)).and.not.include("short");
    }
  }).timeout(60_000);

  async function rotate(keys: string): Promise<{ code: number; out: string }> {
    const script = new URL("../src/methods/rotate-keys-main.ts", import.meta.url).pathname;
    const env = { ...process.env, DATABASE_URL: environment.env.DATABASE_URL, TILL_ENCRYPTION_KEYS: keys };
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (out += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, out };
  }
  const rotatedBy = (out: string) => Number(/^done: (\d+) rotated/m.exec(out)?.[1]);
});
