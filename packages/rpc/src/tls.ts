import { experimental, type ChannelCredentials, type ServerCredentials } from "@grpc/grpc-js";
import type { Log, Metrics } from "@till/telemetry";
import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";
import { Gauge } from "prom-client";
import {
  watchCertificates,
  type CertificateFiles,
  type Certificates,
  type CertificateWatch,
} from "./watch-certificates.ts";

/** The certificates of one process, as PEM files. */
export type TlsFiles = {
  /** What the process presents, as a server and to upstreams; left out: its server is in the clear. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whose certificates callers must present; left out: callers need none. */
  readonly clientCa?: string | undefined;
  /** Whose certificates upstreams have; left out: the machine's certificate authorities. */
  readonly ca?: string | undefined;
};

export type Tls = {
  /** Undefined: the server is in the clear. */
  readonly server: ServerCredentials | undefined;
  /** For upstreams whose address begins with https://. */
  readonly client: ChannelCredentials;
  readonly close: () => void;
};

type TlsOptions = {
  readonly files: TlsFiles;
  readonly log: Log;
  /** Shows until when the process's own certificate is valid. */
  readonly metrics?: Metrics;
  readonly everyMs?: number;
};

/** Opens a process's certificates, which are read again when their files change. Throws where they cannot be used. */
export function openTls({ files, metrics, ...options }: TlsOptions): Tls {
  const { cert, key, ca, clientCa } = files;
  const identity = cert && key ? provideCertificates({ files: { cert, key }, ...options }) : null;
  if (metrics && identity) showExpiry(metrics, identity.current);
  const callers = clientCa ? provideCertificates({ files: { ca: clientCa }, ...options }) : null;
  const upstreams = ca ? provideCertificates({ files: { ca }, ...options }) : machineAuthorities();
  return {
    // The first argument is the server's own certificate, whatever grpc-js calls it; the second one its callers'.
    server: identity
      ? experimental.createCertificateProviderServerCredentials(identity, callers, callers !== null)
      : undefined,
    client: experimental.createCertificateProviderChannelCredentials(upstreams, identity),
    close: () => [identity, callers, upstreams].forEach((provider) => provider?.close()),
  };
}

type Provider = experimental.CertificateProvider & CertificateWatch;

type ProvideOptions = Omit<TlsOptions, "files" | "metrics"> & { readonly files: CertificateFiles };

/** Provides grpc-js with what the files hold. Its own watcher of files drops the old ones while new ones are written. */
function provideCertificates(options: ProvideOptions): Provider {
  const listeners = new Set<() => void>();
  const watch = watchCertificates({ ...options, onChange: () => listeners.forEach((notify) => notify()) });
  return { ...providerOf(watch.current, listeners), ...watch };
}

function machineAuthorities(): Provider {
  const current = () => ({
    ...{ cert: undefined, key: undefined },
    ca: Buffer.from(getCACertificates("default").join("\n")),
  });
  return { ...providerOf(current, new Set()), current, close: () => undefined };
}

function showExpiry(metrics: Metrics, current: () => Certificates): void {
  new Gauge({
    name: "tls_certificate_valid_until_seconds",
    help: "Until when the certificate is valid that this process presents, in seconds since 1970.",
    registers: [metrics],
    collect() {
      const { cert } = current();
      if (cert) this.set(new X509Certificate(cert).validToDate.getTime() / 1000);
    },
  });
}

/** Listeners stay: a channel that is opened again may go on with credentials whose listener grpc-js has removed. */
function providerOf(
  current: () => Certificates,
  listeners: Set<() => void>,
): experimental.CertificateProvider {
  const known = new Set<unknown>();
  function add<Update>(listener: (update: Update | null) => void, updateOf: () => Update | null): void {
    if (known.has(listener)) return;
    known.add(listener);
    const notify = () => listener(updateOf());
    listeners.add(notify);
    // The credentials listen before they can take an update.
    process.nextTick(notify);
  }
  return {
    addCaCertificateListener: (listener) =>
      add(listener, () => {
        const { ca } = current();
        return ca ? { caCertificate: ca } : null;
      }),
    addIdentityCertificateListener: (listener) =>
      add(listener, () => {
        const { cert, key } = current();
        return cert && key ? { certificate: cert, privateKey: key } : null;
      }),
    removeCaCertificateListener: () => undefined,
    removeIdentityCertificateListener: () => undefined,
  };
}
