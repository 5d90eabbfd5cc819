import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { openAuditLog } from "../src/audit/audit-log.ts";
import { intact, startChainedAuditLog } from "./support/chained-audit-log.ts";

describe("The audit log", () => {
  it("keeps rejected accesses while the database is unreachable, accepts any text, and records how many were lost", async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    const chained = await startChainedAuditLog();
    const { db, owner } = chained;
    chained.startChainWriter();
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const warnings = createLog({ service: "test", level: "warn", destination });
    const audit = openAuditLog({ db, log: warnings, now: () => new Date() });
    await owner.query(`ALTER TABLE audit_entry RENAME TO hidden`);
    for (let n = 0; n < 10_007; n += 1)
      audit.rejected({ actor: "user:\0\ud800", action: "x".repeat(1_000), result: "RATE_LIMITED" });
    await eventually(() => expect(lines.join("")).to.include("cannot be audited yet"));
    await owner.query(`ALTER TABLE hidden RENAME TO audit_entry`);
    await eventually(async () => expect(await chained.count("audit_chain_entry")).to.equal(10_001));
    const { rows } = await owner.query(`SELECT details FROM audit_entry WHERE action = 'AUDIT_OVERFLOW'`);
    expect(rows).to.deep.equal([{ details: '{"lost":7}' }]);
    expect(await chained.verdict()).to.deep.equal(intact);
    await audit.close();
    await chained.stop();
  });
});
