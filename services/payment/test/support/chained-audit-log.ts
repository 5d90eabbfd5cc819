import type { Worker } from "@till/worker";
import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { Client } from "pg";
import { eventually } from "../../../../test/support/eventually.ts";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import { migrations } from "../../migrations/index.ts";
import { openAuditLog } from "../../src/audit/audit-log.ts";
import { startChainWriter } from "../../src/audit/chain-writer.ts";
import { verifyAudit } from "../../src/audit/verify-audit.ts";
import { appRole } from "../../src/store/app-role.ts";

/** An audit log with its chain writers, on a database of its own; `owner` may change what the service may not. */
export type ChainedAuditLog = Awaited<ReturnType<typeof startChainedAuditLog>>;

/** What `verdict` returns of a log without a fault. */
export const intact = ["0", ""];

/** Starts it without a chain writer. */
export async function startChainedAuditLog() {
  const database = await migratedDatabase({ service: "payment", migrations });
  const silent = createLog({ service: "test", level: "silent" });
  const db = await connect({ url: database.url, migrations, log: silent, role: appRole });
  const owner = new Client({ connectionString: database.url });
  await owner.connect();
  const audit = openAuditLog({ db, log: silent, now: () => new Date() });
  const chainWriters: Worker[] = [];

  const chained = {
    ...{ db, owner, audit },
    startChainWriter(): Worker {
      const chainWriter = startChainWriter({ db, log: silent });
      chainWriters.push(chainWriter);
      return chainWriter;
    },
    async count(table: string): Promise<number> {
      const { rows } = await owner.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
      return Number(rows[0]!.n);
    },
    /** Writes that many rejected accesses and waits until they are chained. */
    async write(howMany: number): Promise<void> {
      const before = await chained.count("audit_entry");
      for (let n = 0; n < howMany; n += 1)
        audit.rejected({
          actor: `user:${n}`,
          action: "PaymentService/GetPayment",
          result: "PERMISSION_DENIED",
        });
      await eventually(async () => {
        expect(await chained.count("audit_entry")).to.equal(before + howMany);
        expect(await chained.count("audit_chain_queue")).to.equal(0);
      });
    },
    /** Changes entries as the owner of the database can. */
    async tamper(...statements: readonly string[]): Promise<void> {
      await owner.query(`ALTER TABLE audit_entry DISABLE TRIGGER ALL`);
      await owner.query(`ALTER TABLE audit_chain_entry DISABLE TRIGGER ALL`);
      for (const statement of statements) await owner.query(statement);
    },
    /** The first broken entry's number, and what is wrong with it. */
    async verdict(fromSeq = 0n): Promise<string[]> {
      const { problem, brokenSeq } = await verifyAudit({ db }, { fromSeq });
      return [brokenSeq, problem];
    },
    async stop(): Promise<void> {
      await Promise.all(chainWriters.map((chainWriter) => chainWriter.close()));
      await audit.close();
      await owner.end();
      await db.close();
      await database.drop();
    },
  };
  return chained;
}
