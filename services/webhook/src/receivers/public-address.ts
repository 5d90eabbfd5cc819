import { lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Special-purpose ranges that are not of the public internet (IANA registries, RFC 6890). */
const reservedIpv4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"],
  ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
];
/** Within 2000::/3, the only public one: protocol assignments and Teredo, documentation, 6to4. */
const reservedIpv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const reserved = {
  ipv4: blockList(reservedIpv4, "ipv4"),
  ipv6: blockList(reservedIpv6, "ipv6"),
};
const globalUnicast = blockList(["2000::/3"], "ipv6");

/** Whether an IP address is one of the public internet. IPv4 in the form of IPv6 is not. */
export function isPublicAddress(address: string): boolean {
  const [bare = ""] = address.split("%");
  if (isIP(bare) === 4) return !reserved.ipv4.check(bare, "ipv4");
  return isIP(bare) === 6 && globalUnicast.check(bare, "ipv6") && !reserved.ipv6.check(bare, "ipv6");
}

/** The IP address that a URL has in place of a name. URL has written out forms such as 2130706433 and 0x7f.1. */
export function addressIn({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return isIP(bare) === 0 ? undefined : bare;
}

/** A name or an address that does not belong to the public internet. */
export class AddressNotAllowed extends Error {
  override readonly name = "AddressNotAllowed";
  readonly code = "ADDRESS_NOT_ALLOWED";
}

/** Resolves a name for a connection. Fails with AddressNotAllowed if one of its addresses is not public. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return callback(error, "");
    if (!addresses.every(({ address }) => isPublicAddress(address)))
      return callback(new AddressNotAllowed(hostname), "");
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function blockList(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
