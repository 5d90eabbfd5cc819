import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { migrations } from "../migrations/index.ts";
import { chainHashOf, noHash } from "../src/store/audit-chain-hash.ts";
import { verifyAudit } from "../src/audit/verify-audit.ts";

const log = createLog({ service: "test", level: "silent" });
const latest = migrations.findIndex(({ name }) => name.startsWith("PaymentNames"));
const id = "01890000-0000-7000-8000-000000000001";

describe("The migration to the glossary's names", () => {
  let database: TestDatabase;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
  });
  afterEach(() => database?.drop());

  it("renames history entries and scopes, and leaves the audit chain verifiable", async () => {
    const earlier = await connect({ url: database.url, migrations: migrations.slice(0, latest), log });
    const entry = {
      ...{ seq: "1", at: "1763700000.000000", actor: "recovery", action: "STRAY_CHARGE", subject: id },
      ...{ user_id: id, peer_address: "10.0.0.1:4711", result: "FAILED", request_id: "r", details: "{}" },
    };
    await earlier.pool.query(
      `INSERT INTO audit_entry (at, actor, action, subject, user_id, origin, result, request_id, details)
       VALUES (to_timestamp($1::float8), $2, $3, $4, $5, $6, $7, $8, $9)`,
      [1_763_700_000, ...Object.values(entry).slice(2)],
    );
    await earlier.pool.query(`INSERT INTO audit_seal (n, entry_seq, hash) VALUES (1, 1, decode($1, 'hex'))`, [
      chainHashOf(noHash, entry),
    ]);
    await earlier.pool.query(
      `INSERT INTO payment_event (user_id, payment_id, version, position, type, to_status, actor, reason, created_at)
       VALUES ('u', $1, 1, 1, 'STRAY_CHARGE', 'FAILED', 'recovery', '', now())`,
      [id],
    );
    await earlier.close();

    const db = await connect({ url: database.url, migrations, log });
    try {
      expect(await verifyAudit({ db }, { fromSeq: 0n })).to.include({ checked: 1, problem: "" });
      const { rows } = await db.pool.query(`SELECT type FROM payment_event`);
      expect(rows).to.deep.equal([{ type: "ORPHANED_CHARGE" }]);
      const update = db.pool.query(`UPDATE payment_event SET type = 'STRAY_CHARGE'`);
      expect(await update.catch((error: Error) => error.message)).to.match(/only ever added to/);
      for (let n = migrations.length; n > latest; n -= 1) await db.dataSource.undoLastMigration();
      const { rows: before } = await db.pool.query(`SELECT type FROM payment_event`);
      expect(before).to.deep.equal([{ type: "STRAY_CHARGE" }]);
    } finally {
      await db.close();
    }
  });
});
