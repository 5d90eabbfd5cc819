import { expect } from "chai";
import { verifyAudit, type Verdict } from "../src/audit/verify-audit.ts";
import { intact, startChainedAuditLog, type ChainedAuditLog } from "./support/chained-audit-log.ts";

describe("The audit log's chain", () => {
  let log: ChainedAuditLog;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    log = await startChainedAuditLog();
    log.startChainWriter();
  });
  afterEach(() => log?.stop());

  /** Where the next check begins. */
  const after = ({ lastSeq, lastHash }: Verdict) => ({ fromSeq: BigInt(lastSeq), expectedHash: lastHash });

  it("verifies while unchanged, and its last hash changes with each entry", async () => {
    const empty = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    expect(empty).to.include({ checked: 0, problem: "", isComplete: true, lastSeq: "0" });
    await log.write(3);
    const first = await verifyAudit({ db: log.db }, after(empty));
    expect(first).to.include({ checked: 3, problem: "", brokenSeq: "0", isComplete: true, lastSeq: "3" });
    await log.write(2);
    const second = await verifyAudit({ db: log.db }, { fromSeq: 4n });
    expect(second).to.include({ checked: 2, problem: "", lastSeq: "5" });
    expect(second.lastHash)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(first.lastHash);
    const nothingNew = { checked: 1, problem: "", lastSeq: "5", lastHash: second.lastHash };
    expect(await verifyAudit({ db: log.db }, after(second))).to.include(nothingNew);
  });

  it("verifies in parts when time runs out, without skipping an entry", async () => {
    await log.write(5_000);
    const isLate = () => true;
    let part = await verifyAudit({ db: log.db }, { fromSeq: 0n, isLate });
    expect(part).to.include({ checked: 2_000, problem: "", brokenSeq: "0", isComplete: false });
    for (const checked of [2_000, 1_002]) {
      part = await verifyAudit({ db: log.db }, { ...after(part), isLate });
      expect(part).to.include({ checked, problem: "", isComplete: checked < 2_000 });
    }
    const whole = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    expect(part).to.deep.equal({ ...whole, checked: part.checked });
  });

  it("reports a log that was replaced, against an expected hash", async () => {
    await log.write(5);
    const kept = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    const notItsHash = "its hash is not expected_hash: the log up to here is not the one it was";
    const held = async () => {
      const { brokenSeq, problem } = await verifyAudit({ db: log.db }, after(kept));
      return [brokenSeq, problem];
    };
    await log.write(1);
    expect(await held()).to.deep.equal(intact);
    await log.tamper(
      `DELETE FROM audit_entry WHERE seq >= 5`,
      `DELETE FROM audit_chain_entry WHERE entry_seq >= 5`,
    );
    expect(await log.verdict()).to.deep.equal(intact);
    expect(await held()).to.deep.equal(["5", notItsHash]);
    const mistaken = await verifyAudit({ db: log.db }, { ...after(kept), fromSeq: 0n });
    expect(mistaken.problem).to.equal(notItsHash);
  });

  it("reports a changed entry", async () => {
    await log.write(5);
    await log.tamper(`UPDATE audit_entry SET actor = 'user:forged' WHERE seq = 3`);
    expect(await log.verdict()).to.deep.equal(["3", "the entry, or its chain entry, was changed"]);
    expect(await log.verdict(4n)).to.deep.equal(intact);
  });

  it("reports an entry whose chain entry was forged", async () => {
    await log.write(5);
    await log.tamper(
      `UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 2`,
      `UPDATE audit_chain_entry SET hash = sha256('forged') WHERE entry_seq = 2`,
    );
    expect(await log.verdict()).to.deep.equal(["2", "the entry, or its chain entry, was changed"]);
  });

  it("reports a deleted entry, in the middle and at the end", async () => {
    await log.write(5);
    await log.tamper(`DELETE FROM audit_entry WHERE seq = 5`);
    expect(await log.verdict()).to.deep.equal(["5", "the entry is missing"]);
    await log.tamper(`DELETE FROM audit_entry WHERE seq = 2`);
    expect(await log.verdict()).to.deep.equal(["2", "the entry is missing"]);
  });

  it("reports an entry that was deleted with its chain entry", async () => {
    await log.write(5);
    const { lastHash } = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    await log.tamper(
      `DELETE FROM audit_entry WHERE seq = 5`,
      `DELETE FROM audit_chain_entry WHERE entry_seq = 5`,
    );
    const cutOff = await verifyAudit({ db: log.db }, { fromSeq: 0n });
    expect(cutOff.problem).to.equal("");
    expect(cutOff.lastHash).to.not.equal(lastHash);
    await log.tamper(
      `DELETE FROM audit_entry WHERE seq = 2`,
      `DELETE FROM audit_chain_entry WHERE entry_seq = 2`,
    );
    expect(await log.verdict()).to.deep.equal(["3", "chain entry 2, before this entry's, is missing"]);
  });

  it("reports an entry without a chain entry", async () => {
    await log.write(3);
    await log.tamper(`DELETE FROM audit_chain_entry WHERE entry_seq = 3`);
    expect(await log.verdict()).to.deep.equal(["3", "the entry has no chain entry"]);
    await log.owner.query(
      `INSERT INTO audit_entry (at, actor, action, subject, user_id, peer_address, result, request_id, details)
       VALUES (now(), 'x', 'x', '', '', '', 'x', '', '{}')`,
    );
    await log.write(1);
    expect(await log.verdict(4n)).to.deep.equal(["4", "the entry has no chain entry"]);
  });
});
