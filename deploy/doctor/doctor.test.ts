import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startSandbox, type Sandbox } from "../../services/sandbox/src/sandbox.ts";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { createCertificateAuthority } from "../local/src/certificate-authority.ts";
import { checkTopic } from "./check-kafka.ts";
import { Redis } from "ioredis";
import { checkRedis } from "./check-redis.ts";
import { checkDatabasesDiffer, checkService, type Service } from "./check-service.ts";
import type { CheckResult } from "./check-result.ts";
import { redactor } from "./redact.ts";

const nowhere = "127.0.0.1:1";

describe("npm run doctor", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let sandbox: Sandbox;
  /** Settings with which nothing is wrong, but for the brokers. */
  let env: Record<string, string>;

  before(async () => {
    database = await testDatabase();
    const log = createLog({ service: "sandbox", level: "silent" });
    const metrics = createMetrics({ service: "sandbox" });
    sandbox = await startSandbox({ host: "127.0.0.1", grpcPort: 0, httpPort: 0, log, metrics });
    const address = `127.0.0.1:${sandbox.grpcPort}`;
    env = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: process.env["TILL_TEST_KAFKA_BROKERS"] ?? nowhere,
      TILL_PORT: "0",
      TILL_METRICS_PORT: "0",
      TILL_JWKS_URL: sandbox.jwksUrl,
      TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f1`,
      TILL_USERS_ADDRESS: address,
      TILL_COURSES_ADDRESS: address,
      TILL_PSP_URL: `${new URL(sandbox.tokenUrl).origin}/psp/v1`,
      TILL_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    };
  });
  after(async () => {
    await sandbox?.close();
    await database?.drop();
  });

  /** What a check finds where these settings are others. */
  async function resultOf(check: string, settings: Record<string, string> = {}, service: Service = "order") {
    const results = await checkService(service, { ...env, ...settings });
    const found = results.find((one) => one.check === check);
    expect(found, `${check} among ${results.map((one) => one.check).join(", ")}`).to.not.equal(undefined);
    return found!;
  }

  for (const service of ["order", "payment", "webhook"] as const) {
    it(`finds nothing wrong with what the ${service} service needs`, async function () {
      if (env["KAFKA_BROKERS"] === nowhere) this.skip();
      const results = await checkService(service, env);
      expect(results.filter(({ status }) => status === "fail")).to.deep.equal([]);
      const checks = results.map(({ check }) => check);
      expect(checks).to.include.members(["postgres sessions", "clock", "kafka", "topic order.events"]);
    });
  }

  it("finds nothing wrong with what the gateway needs, though the services do not run yet", async () => {
    const settings = { ...env, TILL_ORDER_ADDRESS: nowhere };
    const results = await checkService("gateway", settings);
    expect(results.filter(({ status }) => status === "fail")).to.deep.equal([]);
    expectResult(await resultOf("upstream order", settings, "gateway"), "warn", /cannot be reached/);
  });

  it("names each variable that cannot be read, and shows none of them", async () => {
    const settings = { ...env, TILL_ENCRYPTION_KEYS: "k1:not-so-secret", TILL_POOL_SIZE: "many" };
    const results = await checkService("payment", settings);
    expect(results.map(({ status }) => status)).to.deep.equal(["fail", "fail"]);
    const shown = JSON.stringify(results);
    expect(shown).to.include("TILL_ENCRYPTION_KEYS").and.include("TILL_POOL_SIZE");
    expect(shown).to.not.include("not-so-secret");
  });

  it("finds services that share a database", () => {
    const services = ["order", "gateway", "payment"] as const;
    expect(checkDatabasesDiffer(services, env)).to.have.length(1);
    expect(checkDatabasesDiffer(services, { ...env, PAYMENT_DATABASE_URL: "postgres://other" })).to.be.empty;
  });

  it("tells what is not there without encryption keys", async () => {
    const found = await resultOf("encryption keys", { TILL_ENCRYPTION_KEYS: "" }, "payment");
    expectResult(found, "warn", /cannot be stored/);
  });

  it("shows no secret that a message quotes", () => {
    const redact = redactor({
      DATABASE_URL: "postgres://till:p%40ss-word@db/till",
      TILL_SERVICE_TOKEN_URL: "https://id.example/token?client_secret=s3cret&role=service",
      TILL_STRIPE_SECRET_KEY: "sk_live_1",
      TILL_ENCRYPTION_KEYS: "key1:c2VjcmV0,key0:b2xkZXI=",
    });
    const shown = redact("till of the service, key1: p@ss-word, p%40ss-word, s3cret, sk_live_1, b2xkZXI=");
    expect(shown).to.equal("till of the service, key1: ***, ***, ***, ***, ***");
  });

  it("finds certificates that cannot be used, or not for long", async () => {
    const folder = await mkdtemp(join(tmpdir(), "till-doctor-"));
    try {
      const authority = await createCertificateAuthority(folder);
      const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60_000);
      const [old, short, long] = await Promise.all([
        authority.issue("old", inDays(-1)),
        authority.issue("short", inDays(2)),
        authority.issue("long", inDays(90)),
      ]);
      const certificate = (check: string, cert: string, key: string) =>
        resultOf(check, { TILL_TLS_CERT: cert, TILL_TLS_KEY: key });
      expectResult(await certificate("certificate", old.cert, old.key), "fail", /is valid until/);
      expectResult(await certificate("certificate", short.cert, short.key), "warn", /is valid until/);
      expectResult(await certificate("certificate", long.cert, long.key), "ok", /is valid until/);
      expectResult(await certificate("certificates", long.cert, old.key), "fail", /cannot be used/);
      expectResult(await certificate("certificates", long.cert, `${folder}/none.pem`), "fail", /none\.pem/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  describe("about Kafka and Redis", () => {
    const uses = { without: "", rates: undefined };

    it("tells what to do where they cannot be reached", async () => {
      expectResult(await resultOf("kafka", { KAFKA_BROKERS: nowhere }), "fail", /127\.0\.0\.1:1/);
      expectResult(
        await resultOf("redis", { REDIS_URL: `redis://:pass-word@${nowhere}` }),
        "fail",
        /ECONNREFUSED/,
      );
      expectResult(await resultOf("redis"), "ok", /cached in memory/);
    });

    it("finds a password that Redis rejects, and does not show it", async function () {
      const redis = process.env["TILL_TEST_REDIS_URL"];
      if (!redis) this.skip();
      const url = new URL(redis);
      [url.username, url.password] = ["till-order", "wrong-pass"];
      const [found] = await checkRedis({ redisUrl: url.href, redisCa: undefined }, uses);
      expectResult(found!, "fail", /WRONGPASS/);
      expect(JSON.stringify(found)).to.not.include("wrong-pass");
      const [right] = await checkRedis({ redisUrl: redis, redisCa: undefined }, uses);
      expectResult(right!, "ok", /responds/);
    });

    it("finds a Redis user without the rights that rates need", async function () {
      const redisUrl = process.env["TILL_TEST_REDIS_URL"];
      if (!redisUrl) this.skip();
      const admin = new Redis(redisUrl);
      const rates = "till:gateway";
      await admin.call("ACL", "SETUSER", "doctor", "on", ">secret", "-@all", "+ping", "+info", `~${rates}:*`);
      const user = Object.assign(new URL(redisUrl), { username: "doctor", password: "secret" }).href;
      const found = async () =>
        (await checkRedis({ redisUrl: user, redisCa: undefined }, { ...uses, rates })).at(-1)!;
      try {
        const lacking = await found();
        expectResult(lacking, "fail", /NOPERM/);
        const rights = /~\S+ (\+.+)$/.exec(lacking.remedy!)![1]!.split(" ");
        await admin.call("ACL", "SETUSER", "doctor", ...rights);
        expectResult(await found(), "ok", /share/);
      } finally {
        await admin.call("ACL", "DELUSER", "doctor");
        await admin.quit();
      }
    });

    it("finds topics that lose events", () => {
      const settings = {
        "retention.ms": "604800000",
        "cleanup.policy": "delete",
        "min.insync.replicas": "2",
        "max.message.bytes": "1048588",
      };
      const topic = { partitions: 6, replicas: 3, leaderless: 0, settings };
      const kept = { brokers: 3, keepDays: 30 };
      const found = (change: object, others: object = {}) =>
        checkTopic("topic order.events", { ...topic, ...others, settings: { ...settings, ...change } }, kept);
      expectResult(found({}), "ok", /6 partitions, 3 replicas, kept 7 days/);
      expectResult(found({ "retention.ms": "2592000000" }), "ok", /kept 30 days/);
      expectResult(found({ "retention.ms": "2592000001" }), "warn", /after 30 days/);
      expectResult(found({ "retention.ms": "-1" }), "warn", /for ever/);
      expectResult(found({ "retention.ms": "3600000" }), "warn", /kept 1\.0 hours/);
      expectResult(found({ "cleanup.policy": "compact" }), "fail", /compacted/);
      expectResult(found({ "max.message.bytes": "1000" }), "warn", /1000 bytes/);
      expectResult(found({ "min.insync.replicas": "1" }), "warn", /one replica/);
      expectResult(found({}, { replicas: 1 }), "warn", /1 replicas/);
      expectResult(found({}, { leaderless: 2 }), "fail", /no leader/);
      expectResult(checkTopic("topic", { ...topic, settings: undefined }, kept), "warn", /may not be read/);
      expectResult(checkTopic("topic", undefined, kept), "ok", /creates it/);
    });
  });

  describe("about tokens and other systems", () => {
    let server: Server;
    let serverUrl: string;
    const bodies: Record<string, string> = {
      "/empty": '{"keys":[]}',
      "/page": '"<html>"',
      "/token": "no JWT",
    };
    before(async () => {
      server = createServer(({ url = "" }, response) => {
        response.statusCode = url in bodies ? 200 : 404;
        response.end(bodies[url]);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => server?.close());

    it("finds an issuer whose keys are missing", async () => {
      const issuer = (path: string) => resultOf("token issuer", { TILL_JWKS_URL: `${serverUrl}${path}` });
      expectResult(await issuer("/nothing"), "fail", /returned 404/);
      expectResult(await issuer("/page"), "fail", /no JWKS/);
      expectResult(await issuer("/empty"), "fail", /0 keys/);
      const discovered = { TILL_JWT_ISSUER: serverUrl, TILL_JWKS_URL: "" };
      expectResult(await resultOf("token issuer", discovered), "fail", /openid-configuration returned 404/);
      expectResult(await resultOf("token issuer"), "warn", /anybody an admin/);
    });

    it("finds a service token that cannot be had, and one that others reject", async () => {
      const token = (url: string) => resultOf("service token", { TILL_SERVICE_TOKEN_URL: url });
      expectResult(await token(`${serverUrl}/nothing?client_secret=s3cret`), "fail", /nothing: .* 404$/);
      expectResult(await token(`${serverUrl}/token`), "fail", /Invalid JWT|Invalid Token/i);
      expectResult(await token(`${sandbox.tokenUrl}?role=user&user=u1`), "fail", /role user/);
      const foreign = { TILL_JWT_ISSUER: "https://elsewhere.example", TILL_JWKS_URL: sandbox.jwksUrl };
      expectResult(await resultOf("service token", foreign), "fail", /rejected/);
    });

    it("finds systems that cannot be reached", async () => {
      expectResult(
        await resultOf("upstream users", { TILL_USERS_ADDRESS: nowhere }),
        "fail",
        /cannot be reached/,
      );
      expectResult(await resultOf("upstream users"), "ok", /serving/);
      expectResult(
        await resultOf("provider", { TILL_PSP_URL: `http://${nowhere}` }, "payment"),
        "fail",
        /sandbox at/,
      );
    });

    it("finds a port that is in use", async () => {
      const inUse = String(new URL(serverUrl).port);
      expectResult(await resultOf("port TILL_PORT", { TILL_PORT: inUse }), "warn", /in use/);
      expectResult(await resultOf("port TILL_PORT", { TILL_HOST: "192.0.2.1" }), "fail", /192\.0\.2\.1/);
    });
  });

  describe("as a command", () => {
    async function run(args: readonly string[], more: Record<string, string> = {}, imports: string[] = []) {
      const main = join(import.meta.dirname, "main.ts");
      const options = { env: { PATH: process.env["PATH"], ...env, ...more } };
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
