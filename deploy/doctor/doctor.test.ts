import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { inheritedEnv } from "../../test/support/inherited-env.ts";
import type { CheckResult } from "./check-result.ts";
import { checkDatabasesDiffer, checkService } from "./check-service.ts";
import { nowhere, startDoctorEnvironment, type DoctorEnvironment } from "./test-environment.ts";

describe("npm run doctor", function () {
  this.timeout(60_000);
  let environment: DoctorEnvironment;
  const resultOf: DoctorEnvironment["resultOf"] = (...check) => environment.resultOf(...check);
  before(async () => (environment = await startDoctorEnvironment()));
  after(() => environment?.stop());

  for (const service of ["order", "payment", "webhook"] as const) {
    it(`finds nothing wrong with what the ${service} service needs`, async function () {
      if (environment.env["KAFKA_BROKERS"] === nowhere) this.skip();
      const results = await checkService(service, environment.env);
      expect(results.filter(({ status }) => status === "fail")).to.deep.equal([]);
      const checks = results.map(({ check }) => check);
      expect(checks).to.include.members(["postgres sessions", "clock", "kafka", "topic order.events"]);
    });
  }

  it("finds nothing wrong with what the gateway needs, though the services do not run yet", async () => {
    const settings = { ...environment.env, TILL_ORDER_ADDRESS: nowhere };
    const results = await checkService("gateway", settings);
    expect(results.filter(({ status }) => status === "fail")).to.deep.equal([]);
    expectResult(await resultOf("upstream order", settings, "gateway"), "warn", /cannot be reached/);
  });

  it("names each variable that cannot be read, and shows none of them", async () => {
    const settings = { ...environment.env, TILL_ENCRYPTION_KEYS: "k1:not-so-secret", TILL_POOL_SIZE: "many" };
    const results = await checkService("payment", settings);
    expect(results.map(({ status }) => status)).to.deep.equal(["fail", "fail"]);
    const shown = JSON.stringify(results);
    expect(shown).to.include("TILL_ENCRYPTION_KEYS").and.include("TILL_POOL_SIZE");
    expect(shown).to.not.include("not-so-secret");
  });

  it("finds services that share a database", () => {
    const services = ["order", "gateway", "payment"] as const;
    expect(checkDatabasesDiffer(services, environment.env)).to.have.length(1);
    expect(checkDatabasesDiffer(services, { ...environment.env, PAYMENT_DATABASE_URL: "postgres://other" }))
      .to.be.empty;
  });

  it("tells what is not there without encryption keys", async () => {
    const found = await resultOf("encryption keys", { TILL_ENCRYPTION_KEYS: "" }, "payment");
    expectResult(found, "warn", /cannot be stored/);
  });

  it("tells what to do where Kafka or Redis cannot be reached", async () => {
    expectResult(await resultOf("kafka", { KAFKA_BROKERS: nowhere }), "fail", /127\.0\.0\.1:1/);
    expectResult(
      await resultOf("redis", { REDIS_URL: `redis://:pass-word@${nowhere}` }),
      "fail",
      /ECONNREFUSED/,
    );
    expectResult(await resultOf("redis"), "ok", /cached in memory/);
  });

  describe("as a command", () => {
    async function run(args: readonly string[], more: Record<string, string> = {}, imports: string[] = []) {
      const main = join(import.meta.dirname, "main.ts");
      const options = { env: { ...inheritedEnv, ...environment.env, ...more } };
      const child = spawn(process.execPath, [...imports, main, ...args], options);
      const [out, , [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, "exit") as Promise<[number | null]>,
      ]);
      return { out, code };
    }

    it("exits with 0 where nothing fails, and says a line a check", async () => {
      const { out, code } = await run(["gateway"]);
      expect(code).to.equal(0);
      for (const line of out.trimEnd().split("\n"))
        expect(line).to.match(/^(ok {2}|warn) {2}gateway {2}\S.*: /);
    });

    it("exits with 1 where something fails, as JSON, by a clock two minutes behind", async () => {
      const shifted = ["--import", join(import.meta.dirname, "../../test/support/shifted-clock.ts")];
      const shift = { TILL_TEST_CLOCK_SHIFT_MS: "-120000", KAFKA_BROKERS: nowhere };
      const { out, code } = await run(["order", "--json"], shift, shifted);
      expect(code).to.equal(1);
      const results = JSON.parse(out) as CheckResult[];
      const clock = results.find(({ check }) => check === "clock")!;
      expectResult(clock, "fail", /120\.\d s ahead of this machine/);
    });

    it("exits with 2 where the arguments are wrong", async () => {
      expect((await run(["postgres"])).code).to.equal(2);
    });
  });
});
