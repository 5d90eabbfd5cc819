import type { Worker } from "@till/worker";
import { connect } from "@till/postgres/connect";
import type { Db } from "@till/postgres/statements";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { Client, type Pool } from "pg";
import { testDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { migrations } from "../migrations/index.ts";
import { appRole } from "../src/store/app-role.ts";
import { openAuditLog, type AuditLog } from "../src/audit/audit-log.ts";
import { startChainWriter } from "../src/audit/chain-writer.ts";
import { verifyAudit, type Verdict } from "../src/audit/verify-audit.ts";

const log = createLog({ service: "test", level: "silent" });

describe("The audit log's chain", () => {
  let database: TestDatabase;
  let db: Db;
  let owner: Client;
  let audit: AuditLog;
  let chainWriter: Worker;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    database = await testDatabase();
    db = await connect({ url: database.url, migrations, log, role: appRole });
    owner = new Client({ connectionString: database.url });
    await owner.connect();
    audit = openAuditLog({ db, log, now: () => new Date() });
    chainWriter = startChainWriter({ db, log });
  });
  afterEach(async () => {
    if (!database) return;
    await chainWriter.close();
    await audit.close();
    await owner.end();
    await db.close();
    await database.drop();
  });

  async function count(table: string): Promise<number> {
    const { rows } = await owner.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
    return Number(rows[0]!.n);
  }

  /** Writes that many rejected accesses and waits until they are chained. */
  async function write(howMany: number): Promise<void> {
    const before = await count("audit_entry");
    for (let n = 0; n < howMany; n += 1)
      audit.rejected({
        actor: `user:${n}`,
        action: "PaymentService/GetPayment",
        result: "PERMISSION_DENIED",
      });
    await eventually(async () => {
      expect(await count("audit_entry")).to.equal(before + howMany);
      expect(await count("audit_chain_queue")).to.equal(0);
    });
  }

  /** Changes entries as the owner of the database can. */
  async function tamper(...statements: readonly string[]): Promise<void> {
    await owner.query(`ALTER TABLE audit_entry DISABLE TRIGGER ALL`);
    await owner.query(`ALTER TABLE audit_chain_entry DISABLE TRIGGER ALL`);
    for (const statement of statements) await owner.query(statement);
  }

  const verdict = async (fromSeq = 0n) => {
    const { problem, brokenSeq } = await verifyAudit({ db }, { fromSeq });
    return [brokenSeq, problem];
  };
  /** Where the next check begins. */
  const after = ({ lastSeq, lastHash }: Verdict) => ({ fromSeq: BigInt(lastSeq), expectedHash: lastHash });
  const intact = ["0", ""];

  it("verifies while unchanged, and its last hash changes with each entry", async () => {
    const empty = await verifyAudit({ db }, { fromSeq: 0n });
    expect(empty).to.include({ checked: 0, problem: "", isComplete: true, lastSeq: "0" });
    await write(3);
    const first = await verifyAudit({ db }, after(empty));
    expect(first).to.include({ checked: 3, problem: "", brokenSeq: "0", isComplete: true, lastSeq: "3" });
    await write(2);
    const second = await verifyAudit({ db }, { fromSeq: 4n });
    expect(second).to.include({ checked: 2, problem: "", lastSeq: "5" });
    expect(second.lastHash)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(first.lastHash);
    const nothingNew = { checked: 1, problem: "", lastSeq: "5", lastHash: second.lastHash };
    expect(await verifyAudit({ db }, after(second))).to.include(nothingNew);
  });

  it("verifies in parts when time runs out, without skipping an entry", async () => {
    await write(5_000);
    const isLate = () => true;
    let part = await verifyAudit({ db }, { fromSeq: 0n, isLate });
    expect(part).to.include({ checked: 2_000, problem: "", brokenSeq: "0", isComplete: false });
    for (const checked of [2_000, 1_002]) {
      part = await verifyAudit({ db }, { ...after(part), isLate });
      expect(part).to.include({ checked, problem: "", isComplete: checked < 2_000 });
    }
    const whole = await verifyAudit({ db }, { fromSeq: 0n });
    expect(part).to.deep.equal({ ...whole, checked: part.checked });
  });

  it("reports a log that was replaced, against an expected hash", async () => {
    await write(5);
    const kept = await verifyAudit({ db }, { fromSeq: 0n });
    const notItsHash = "its hash is not expected_hash: the log up to here is not the one it was";
    const held = async () => {
      const { brokenSeq, problem } = await verifyAudit({ db }, after(kept));
      return [brokenSeq, problem];
    };
    await write(1);
    expect(await held()).to.deep.equal(intact);
    await tamper(
      `DELETE FROM audit_entry WHERE seq >= 5`,
      `DELETE FROM audit_chain_entry WHERE entry_seq >= 5`,
    );
    expect(await verdict()).to.deep.equal(intact);
    expect(await held()).to.deep.equal(["5", notItsHash]);
    const mistaken = await verifyAudit({ db }, { ...after(kept), fromSeq: 0n });
    expect(mistaken.problem).to.equal(notItsHash);
  });

  it("reports a changed entry", async () => {
    await write(5);
    await tamper(`UPDATE audit_entry SET actor = 'user:forged' WHERE seq = 3`);
    expect(await verdict()).to.deep.equal(["3", "the entry, or its chain entry, was changed"]);
    expect(await verdict(4n)).to.deep.equal(intact);
  });

  it("reports an entry whose chain entry was forged", async () => {
    await write(5);
    await tamper(
      `UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 2`,
      `UPDATE audit_chain_entry SET hash = sha256('forged') WHERE entry_seq = 2`,
    );
    expect(await verdict()).to.deep.equal(["2", "the entry, or its chain entry, was changed"]);
  });

  it("reports a deleted entry, in the middle and at the end", async () => {
    await write(5);
    await tamper(`DELETE FROM audit_entry WHERE seq = 5`);
    expect(await verdict()).to.deep.equal(["5", "the entry is missing"]);
    await tamper(`DELETE FROM audit_entry WHERE seq = 2`);
    expect(await verdict()).to.deep.equal(["2", "the entry is missing"]);
  });

  it("reports an entry that was deleted with its chain entry", async () => {
    await write(5);
    const { lastHash } = await verifyAudit({ db }, { fromSeq: 0n });
    await tamper(
      `DELETE FROM audit_entry WHERE seq = 5`,
      `DELETE FROM audit_chain_entry WHERE entry_seq = 5`,
    );
    const cutOff = await verifyAudit({ db }, { fromSeq: 0n });
    expect(cutOff.problem).to.equal("");
    expect(cutOff.lastHash).to.not.equal(lastHash);
    await tamper(
      `DELETE FROM audit_entry WHERE seq = 2`,
      `DELETE FROM audit_chain_entry WHERE entry_seq = 2`,
    );
    expect(await verdict()).to.deep.equal(["3", "chain entry 2, before this entry's, is missing"]);
  });

  it("reports an entry without a chain entry", async () => {
    await write(3);
    await tamper(`DELETE FROM audit_chain_entry WHERE entry_seq = 3`);
    expect(await verdict()).to.deep.equal(["3", "the entry has no chain entry"]);
    await owner.query(
      `INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
       VALUES (now(), 'x', 'x', '', '', '', 'x', '', '{}')`,
    );
    await write(1);
    expect(await verdict(4n)).to.deep.equal(["4", "the entry has no chain entry"]);
  });

  it("chains every entry once, whatever the order of commits, with several chain writers", async () => {
    const others = [startChainWriter({ db, log }), startChainWriter({ db, log })];
    const insert = `WITH e AS (
      INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
      VALUES (now(), 'x', 'x', '', '', '', 'x', '', '{}') RETURNING seq)
      INSERT INTO audit_chain_queue SELECT seq FROM e`;
    await owner.query("BEGIN");
    await owner.query(insert); // takes the first number, and commits last
    await db.pool.query(insert);
    await eventually(async () => {
      const { rows } = await db.pool.query(`SELECT entry_seq FROM audit_chain_entry`);
      expect(rows).to.deep.equal([{ entry_seq: "2" }]);
    });
    await owner.query("COMMIT");
    await write(50);
    await chainWriter.close(); // another one takes the work over
    await write(50);
    expect(await verifyAudit({ db }, { fromSeq: 0n })).to.include({ checked: 102, problem: "" });
    await Promise.all(others.map((other) => other.close()));
  });

  it("tells entries that wait for the chain writer, however long, from broken ones", async () => {
    await write(2);
    await chainWriter.close();
    await owner.query(`
      WITH e AS (
        INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
        SELECT now() - interval '1 hour', 'x', 'x', '', '', '', 'x', '', '{}' FROM generate_series(1, 3) RETURNING seq
      )
      INSERT INTO audit_chain_queue SELECT seq FROM e`);
    const waiting = await verifyAudit({ db }, { fromSeq: 0n });
    expect(waiting).to.include({ checked: 2, problem: "", isComplete: true, unchained: "3" });
    chainWriter = startChainWriter({ db, log });
    await eventually(async () => {
      const chained = await verifyAudit({ db }, { fromSeq: 0n });
      expect(chained).to.include({ checked: 5, problem: "", unchained: "0" });
    });
  });

  it("survives a queue with repeated and unknown entries", async () => {
    await write(2);
    await db.pool.query(`INSERT INTO audit_chain_queue VALUES (1), (1), (99)`);
    await write(2);
    expect(await verdict()).to.deep.equal(intact);
  });

  it("accepts inserts by the service, and no updates or deletes", async () => {
    await write(1);
    const tables = { audit_entry: "actor", audit_chain_entry: "n", payment_event: "actor" };
    const rejectionOf = (on: Pool | Client, sql: string) =>
      on.query(sql).catch((error: Error) => error.message);
    for (const [table, column] of Object.entries(tables)) {
      for (const change of [
        `UPDATE ${table} SET ${column} = ${column}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ]) {
        expect(await rejectionOf(db.pool, change)).to.equal(`permission denied for table ${table}`);
        expect(await rejectionOf(owner, change)).to.equal(`${table} is only ever added to`);
      }
    }
    for (const table of ["payment", "operation"])
      expect(await rejectionOf(db.pool, `DELETE FROM ${table}`)).to.equal(
        `permission denied for table ${table}`,
      );
  });

  it("keeps rejected accesses while the database is unreachable, accepts any text, and records how many were lost", async () => {
    await audit.close();
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const warnings = createLog({ service: "test", level: "warn", destination });
    audit = openAuditLog({ db, log: warnings, now: () => new Date() });
    await owner.query(`ALTER TABLE audit_entry RENAME TO hidden`);
    for (let n = 0; n < 10_007; n += 1)
      audit.rejected({ actor: "user:\0\ud800", action: "x".repeat(1_000), result: "RATE_LIMITED" });
    await eventually(() => expect(lines.join("")).to.include("cannot be audited yet"));
    await owner.query(`ALTER TABLE hidden RENAME TO audit_entry`);
    await eventually(async () => expect(await count("audit_chain_entry")).to.equal(10_001));
    const { rows } = await owner.query(`SELECT details FROM audit_entry WHERE action = 'AUDIT_OVERFLOW'`);
    expect(rows).to.deep.equal([{ details: '{"lost":7}' }]);
    expect(await verdict()).to.deep.equal(intact);
  });
});
