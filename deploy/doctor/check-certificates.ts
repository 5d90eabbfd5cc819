import { openTls } from "@till/rpc/client";
import { createLog } from "@till/telemetry";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

type TlsFiles = Parameters<typeof openTls>[0]["files"];

export type OpenedTls = {
  readonly results: readonly CheckResult[];
  /** For upstreams with TLS; undefined where the files cannot be used. */
  readonly credentials: ReturnType<typeof openTls>["client"] | undefined;
};

/** Opens the process's certificates as the service does, and looks how long its own one is valid. */
export function checkCertificates(files: TlsFiles): OpenedTls {
  const check = "certificates";
  const isConfigured = Object.values(files).some((file) => file !== undefined);
  try {
    const tls = openTls({ files, log: createLog({ service: "doctor", level: "silent" }) });
    tls.close();
    const own = files.cert === undefined ? [] : [checkValidity("certificate", files.cert)];
    const results = isConfigured ? [ok(check, "can be used"), ...own] : [];
    return { results, credentials: tls.client };
  } catch (error) {
    const remedy = "correct TILL_TLS_CERT, TILL_TLS_KEY, TILL_TLS_CLIENT_CA or TILL_TLS_CA";
    return { results: [failed(check, reasonOf(error), remedy)], credentials: undefined };
  }
}

const dayMs = 24 * 60 * 60_000;

/** How long a certificate is valid, given as PEM or as the file that has it. */
export function checkValidity(check: string, pem: string): CheckResult {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem.startsWith("-----BEGIN") ? pem : readFileSync(pem));
  } catch (error) {
    return failed(check, reasonOf(error), "correct the variable that names it");
  }
  const leftMs = certificate.validToDate.getTime() - Date.now();
  const found = `is valid until ${certificate.validToDate.toISOString()}`;
  const remedy = "renew it: it is read again without a restart";
  if (leftMs <= 0) return failed(check, found, remedy);
  return leftMs < 7 * dayMs ? warn(check, found, remedy) : ok(check, found);
}
