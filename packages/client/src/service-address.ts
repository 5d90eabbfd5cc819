import { invalidArgument } from "./till-error.ts";

/** Where a service is, and whether it is reached over TLS; undefined where the address leaves it open. */
export type ServiceAddress = { readonly address: string; readonly tls: boolean | undefined };

/**
 * Reads an address: host:port, grpcs://host:port or https://host:port for TLS, several with commas. Throws
 * INVALID_ARGUMENT for what is none, and for a list of which only some are over TLS.
 */
export function serviceAddressFrom(text: string, field: string): ServiceAddress {
  const parsed = text.split(",").map((part) => parsedFrom(part.trim(), field));
  const [first] = parsed;
  if (parsed.some(({ tls }) => tls !== first?.tls))
    throw invalidArgument(field, "is over TLS in all of its addresses, or in none");
  return { address: parsed.map(({ address }) => address).join(","), tls: first?.tls };
}

function parsedFrom(text: string, field: string): ServiceAddress {
  const [, scheme, host = ""] = /^(grpcs?|https?):\/\/([^/?#@]+)\/?$/.exec(text) ?? [];
  if (scheme !== undefined) {
    const tls = scheme.endsWith("s");
    return { address: /:\d+$/.test(host) ? host : `${host}:${tls ? 443 : 80}`, tls };
  }
  // Names of gRPC's own, such as dns:///orders:50051, pass as they are.
  if (text === "" || /^(grpcs?|https?):/.test(text))
    throw invalidArgument(field, `is host:port or grpcs://host:port, not ${JSON.stringify(text)}`);
  return { address: text, tls: undefined };
}
