import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { newUser, shop } from "../../../test/support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("VerifyAudit", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ replicas: 2 });
  });
  after(() => environment?.stop());

  it("finds the log intact while several replicas write payments, and broken after a change; for admins", async () => {
    const admin = environment.payments(shop, "admin");
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const user = newUser();
        return environment
          .placeOrder(user)
          .then((orderId) => environment.pay(orderId, "tok_approve", { user, replica: index % 2 }));
      }),
    );
    await eventually(async () => {
      const [left] = await environment.query(`SELECT count(*)::integer AS n FROM audit_chain_queue`);
      expect(left!.n).to.equal(0);
    });
    const [total] = await environment.query(`SELECT count(*) AS n FROM audit_entry`);
    const verdict = await admin.verifyAudit({});
    expect(verdict).to.deep.include({ intact: true, complete: true, problem: "", firstBrokenSequence: 0n });
    expect(verdict.checked >= BigInt(String(total!.n))).to.equal(true);
    expect(verdict.lastHash).to.match(/^[0-9a-f]{64}$/);

    await environment.query(`ALTER TABLE audit_entry DISABLE TRIGGER ALL`);
    await environment.query(`UPDATE audit_entry SET result = 'REFUNDED' WHERE seq = 2`);
    const broken = await admin.verifyAudit({});
    const facts = { intact: false, complete: false, firstBrokenSequence: 2n, checked: 1n, lastSequence: 1n };
    expect(broken).to.deep.include(facts);
  });

  it("returns a part when the caller's deadline is short, and the parts cover the whole", async () => {
    const admin = environment.payments(shop, "admin");
    await environment.query(`
      WITH more AS (
        INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
        SELECT now(), 'x', 'x', '', '', '', 'x', '', '{}' FROM generate_series(1, 4500) RETURNING seq
      )
      INSERT INTO audit_chain_queue SELECT seq FROM more`);
    await eventually(async () => {
      const [left] = await environment.query(`SELECT count(*)::integer AS n FROM audit_chain_queue`);
      expect(left!.n).to.equal(0);
    });
    const begin = (await environment.query(`SELECT max(seq) - 4499 AS seq FROM audit_entry`))[0]!.seq;
    // On a busy machine a part may need several tries.
    const partFrom = (request: { fromSequence: bigint; expectedHash?: string }) =>
      eventually(() => admin.verifyAudit(request, { timeoutMs: 990 }));
    let part = await partFrom({ fromSequence: BigInt(String(begin)) });
    expect(part).to.deep.include({ intact: true, complete: false, problem: "", checked: 2_000n });
    for (let parts = 0; !part.complete; parts += 1) {
      part = await partFrom({ fromSequence: part.lastSequence, expectedHash: part.lastHash });
      expect([part.intact, parts < 3]).to.deep.equal([true, true]);
    }
    const [last] = await environment.query(
      `SELECT entry_seq AS seq, encode(hash, 'hex') AS hash FROM audit_chain_entry ORDER BY n DESC LIMIT 1`,
    );
    expect([part.lastSequence, part.lastHash]).to.deep.equal([BigInt(String(last!.seq)), last!.hash]);
    const other = { fromSequence: part.lastSequence, expectedHash: "0".repeat(64) };
    expect(await admin.verifyAudit(other)).to.deep.include({
      intact: false,
      firstBrokenSequence: part.lastSequence,
    });
  });
});
