import ipaddr from "ipaddr.js";
import { isIP } from "node:net";
import { withoutPort } from "./peer-address.ts";

/**
 * Returns what counts as one address where addresses are limited: an IPv4 address, also where IPv6 carries it, and of an
 * IPv6 address its network of 64 bits, for its holder has all of it. What is no address counts as it is.
 */
export function countedAddress(peer: string): string {
  const address = withoutPort(peer);
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (carryingIpv4.has(parsed.range())) return parsed.toByteArray().slice(-4).join(".");
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

/** ::ffff:0:0/96 of a socket that takes both, and 64:ff9b::/96 of a translator (RFC 6052). */
const carryingIpv4: ReadonlySet<string> = new Set(["ipv4Mapped", "rfc6052"]);
