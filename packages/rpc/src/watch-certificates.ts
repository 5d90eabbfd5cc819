import type { Log } from "@till/telemetry";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** PEM files: what this process presents, and whose certificates it trusts. */
export type CertificateFiles = {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
};

/** What the files hold; certificate and key belong together. */
export type Certificates = {
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly ca: Buffer | undefined;
};

export type CertificateWatch = {
  readonly current: () => Certificates;
  readonly close: () => void;
};

type WatchOptions = {
  readonly files: CertificateFiles;
  readonly log: Log;
  readonly onChange: (certificates: Certificates) => void;
  /** How often the files are looked at. */
  readonly everyMs?: number;
};

/**
 * Reads the files, and again when they change: a new certificate is used without a restart. Files that cannot be used,
 * such as a certificate whose key is not there yet, change nothing. Throws where they cannot be used now.
 */
export function watchCertificates({
  files,
  log,
  onChange,
  everyMs = 10_000,
}: WatchOptions): CertificateWatch {
  let current = read(files);
  let problem = "";

  function look(): void {
    try {
      const latest = read(files);
      problem = "";
      if (isSame(latest, current)) return;
      current = latest;
      log.info({ ...files, valid_until: validUntil(latest) }, "certificates were read again");
      onChange(latest);
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem) log.warn({ err: error, ...files }, "the old certificates stay in use");
      problem = message;
    }
  }

  const timer = setInterval(look, everyMs).unref();
  return { current: () => current, close: () => clearInterval(timer) };
}

function read(files: CertificateFiles): Certificates {
  const [cert, key, ca] = [files.cert, files.key, files.ca].map((file) => file && readFileSync(file));
  const certificates = { cert: cert || undefined, key: key || undefined, ca: ca || undefined };
  try {
    createSecureContext(certificates);
  } catch (cause) {
    const names = Object.values(files).filter(Boolean).join(", ");
    throw new Error(`${names} cannot be used: ${(cause as Error).message}`, { cause });
  }
  return certificates;
}

function isSame(one: Certificates, other: Certificates): boolean {
  return (["cert", "key", "ca"] as const).every((name) => {
    const [left, right] = [one[name], other[name]];
    return left === right || (left !== undefined && right !== undefined && left.equals(right));
  });
}

function validUntil({ cert }: Certificates): string | undefined {
  return cert && new X509Certificate(cert).validTo;
}
