import type { Worker } from "@till/worker";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { verifyAudit } from "../src/audit/verify-audit.ts";
import { intact, startChainedAuditLog, type ChainedAuditLog } from "./support/chained-audit-log.ts";

describe("The chain writer", () => {
  let log: ChainedAuditLog;
  let chainWriter: Worker;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    log = await startChainedAuditLog();
    chainWriter = log.startChainWriter();
  });
  afterEach(() => log?.stop());

  it("chains every entry once, whatever the order of commits, with several chain writers", async () => {
    const others = [log.startChainWriter(), log.startChainWriter()];
    const insert = `WITH e AS (
      INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
      VALUES (now(), 'x', 'x', '', '', '', 'x', '', '{}') RETURNING seq)
      INSERT INTO audit_chain_queue SELECT seq FROM e`;
    await log.owner.query("BEGIN");
    await log.owner.query(insert); // takes the first number, and commits last
    await log.db.pool.query(insert);
    await eventually(async () => {
      const { rows } = await log.db.pool.query(`SELECT entry_seq FROM audit_chain_entry`);
      expect(rows).to.deep.equal([{ entry_seq: "2" }]);
    });
    await log.owner.query("COMMIT");
    await log.write(50);
    await chainWriter.close(); // another one takes the work over
    await log.write(50);
    expect(await verifyAudit({ db: log.db }, { fromSeq: 0n })).to.include({ checked: 102, problem: "" });
    await Promise.all(others.map((other) => other.close()));
  });

  it("tells entries that wait for the chain writer, however long, from broken ones", async () => {
    await log.write(2);
    await chainWriter.close();
    await log.owner.query(`
      WITH e AS (
        INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
        SELECT now() - interval '1 hour', 'x', 'x', '', '', '', 'x', '', '{}' FROM generate_series(1, 3) RETURNING seq
      )
      INSERT INTO audit_chain_queue SELECT seq FROM e`);
    const waiting = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    expect(waiting).to.include({ checked: 2, problem: "", isComplete: true, unchained: "3" });
    chainWriter = log.startChainWriter();
    await eventually(async () => {
      const chained = await verifyAudit({ db: log.db }, { fromSeq: 0n });
      expect(chained).to.include({ checked: 5, problem: "", unchained: "0" });
    });
  });

  it("survives a queue with repeated and unknown entries", async () => {
    await log.write(2);
    await log.db.pool.query(`INSERT INTO audit_chain_queue VALUES (1), (1), (99)`);
    await log.write(2);
    expect(await log.verdict()).to.deep.equal(intact);
  });
});
