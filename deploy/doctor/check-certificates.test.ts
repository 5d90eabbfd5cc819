import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectResult } from "../../test/support/expect-check-result.ts";
import { createCertificateAuthority } from "../local/src/certificate-authority.ts";
import { startDoctorEnvironment, type DoctorEnvironment } from "./test-environment.ts";

describe("The doctor's check of certificates", function () {
  this.timeout(60_000);
  let environment: DoctorEnvironment;
  const resultOf: DoctorEnvironment["resultOf"] = (...check) => environment.resultOf(...check);
  before(async () => (environment = await startDoctorEnvironment()));
  after(() => environment?.stop());

  it("finds those that cannot be used, or not for long", async () => {
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
});
