import { credentials, type ChannelCredentials } from "@grpc/grpc-js";
import { invalidArgument } from "./till-error.ts";

/** How TLS is used. Everything is PEM. */
export type TlsOptions = {
  /** The certificate authorities to trust. Left out: those of the machine. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate and its key, where the services require one (mTLS). */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
};

/** How connections over TLS are made. Throws INVALID_ARGUMENT for a certificate without its key. */
export function tlsCredentials({ ca, cert, key }: TlsOptions): ChannelCredentials {
  if ((cert === undefined) !== (key === undefined))
    throw invalidArgument("tls", "has a certificate and its key, or neither");
  const pem = (text: string | Uint8Array | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}
