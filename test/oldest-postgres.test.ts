import { expect } from "chai";
import { buyAndRefund } from "./support/buy-and-refund.ts";
import { oldestDebianPostgres, startDebianPostgres, type DebianPostgres } from "./support/debian-postgres.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";

describe("Both services on the oldest Postgres of this machine's packages", () => {
  let postgres: DebianPostgres;
  let system: PaymentSystem;
  before(async function () {
    this.timeout(120_000);
    const bin = oldestDebianPostgres();
    if (bin === undefined) {
      expect(process.env["CI"], "CI needs Debian's package postgresql").to.equal(undefined);
      console.error("    Debian's package postgresql is not installed: an older Postgres is not tried");
      return this.skip();
    }
    postgres = await startDebianPostgres(bin);
    system = await startPaymentSystem({ postgresUrl: postgres.url });
  });
  after(async function () {
    this.timeout(60_000);
    await system?.stop();
    await postgres?.stop();
  });

  it("take an order from its creation to its refund", () => buyAndRefund(system)).timeout(60_000);
});
