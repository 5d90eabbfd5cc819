import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { startSandbox } from "../../services/sandbox/src/sandbox.ts";
import { testDatabase } from "../../test/support/database.ts";
import type { CheckResult } from "./check-result.ts";
import { checkService, type Service } from "./check-service.ts";

/** Nothing listens there. */
export const nowhere = "127.0.0.1:1";

export type DoctorEnvironment = Awaited<ReturnType<typeof startDoctorEnvironment>>;

/** Starts a sandbox and a database, and has settings with which nothing is wrong, but for the brokers of a test without Kafka. */
export async function startDoctorEnvironment() {
  const database = await testDatabase();
  const log = createLog({ service: "sandbox", level: "silent" });
  const metrics = createMetrics({ service: "sandbox" });
  const sandbox = await startSandbox({ host: "127.0.0.1", grpcPort: 0, httpPort: 0, log, metrics });
  const address = `127.0.0.1:${sandbox.grpcPort}`;
  const env: Readonly<Record<string, string>> = {
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
  return {
    sandbox,
    env,
    /** What a check finds where these settings are others. */
    async resultOf(
      check: string,
      settings: Record<string, string> = {},
      service: Service = "order",
    ): Promise<CheckResult> {
      const results = await checkService(service, { ...env, ...settings });
      const found = results.find((one) => one.check === check);
      expect(found, `${check} among ${results.map((one) => one.check).join(", ")}`).to.not.equal(undefined);
      return found!;
    },
    async stop(): Promise<void> {
      await sandbox.close();
      await database.drop();
    },
  };
}
