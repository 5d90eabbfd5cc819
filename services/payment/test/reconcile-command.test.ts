import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { failureOf } from "../../../test/support/failure-of.ts";
import { shortProviderTimeout, withoutRecovery } from "./support/fixtures.ts";
import { paymentOperations } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("npm run reconcile", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...withoutRecovery, ...shortProviderTimeout },
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  async function run(...args: readonly string[]) {
    const main = join(import.meta.dirname, "../src/reconciliation/main.ts");
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment.env } });
    const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { out, problems, code: child.exitCode };
  }

  it("prints the mismatches, repairs them with --repair, and ends with the exit code of the result", async () => {
    const range = ["--from", new Date(Date.now() - 1_000).toISOString()];
    const taken = await operations().charge();
    await failureOf(operations().charge("tok_timeout_after_charge"));
    range.push("--until", new Date(Date.now() + 60_000).toISOString());

    const found = await run(...range);
    expect(found.code, found.problems).to.equal(1);
    expect(found.out).to.include("MISMATCHED: 1 payments agree, 1 do not, 0 were repaired");
    expect(found.out).to.match(/WRONG_STATE +[0-9a-f-]{36} .*UNKNOWN +49.00 EUR captured +no/);
    expect(found.out).to.not.include(taken.id);

    const repaired = await run(...range, "--repair");
    expect([repaired.code, repaired.out.includes("1 were repaired")]).to.deep.equal([0, true]);
    expect((await run(...range)).out).to.include("CLEAN: 2 payments agree, 0 do not, 0 were repaired");
    const audited = await environment.query(
      `SELECT actor, peer_address, details LIKE '%"repair":"yes"%' AS repairs FROM audit_entry
        WHERE action = 'RECONCILIATION_STARTED' ORDER BY seq`,
    );
    const byHand = (repairs: boolean) => ({ actor: "operator", peer_address: hostname(), repairs });
    expect(audited).to.deep.equal([byHand(false), byHand(true), byHand(false)]);
  }).timeout(60_000);

  it("prints why it failed, with exit code 2", async () => {
    await environment.psp.disconnect();
    const away = await run();
    await environment.psp.reconnect();
    expect(away.code).to.equal(2);
    expect(away.out).to.include("FAILED: could not be completed: the provider's ledger cannot be read");
    const wrong = await run("--form", "2026-01-01");
    expect([wrong.code, wrong.problems.includes("--form")]).to.deep.equal([2, true]);
  }).timeout(60_000);

  it("prints its help", async () => {
    const { out, code } = await run("--help");
    expect([code, out.includes("npm run reconcile")]).to.deep.equal([0, true]);
  });
});
