import type { ServerUnaryCall } from "@grpc/grpc-js";
import { BlockList, isIP } from "node:net";

type WireCall = Pick<ServerUnaryCall<Buffer, Buffer>, "getPeer" | "metadata">;

/** Returns the address of a call's client. */
export type PeerAddressOf = (wire: WireCall) => string;

/**
 * The address that a call's connection comes from, with its port; or where that is a trusted proxy's, such as the
 * gateway's, the last address of x-forwarded-for that is not one's, too.
 */
export function peerAddresses(isTrusted: (address: string) => boolean): PeerAddressOf {
  const clientAddressOf = clientAddresses(isTrusted);
  return (wire) => clientAddressOf(connectionAddress(wire), wire.metadata.get("x-forwarded-for")[0]);
}

/** Returns the client's address by that of a connection and the x-forwarded-for of a call on it. */
export type ClientAddressOf = (
  peer: string,
  given: string | readonly string[] | Buffer | undefined,
) => string;

/** The same before grpc-js has made a call of it. */
export function clientAddresses(isTrusted: (address: string) => boolean): ClientAddressOf {
  return (peer, given) => {
    if (given === undefined || !isTrusted(withoutPort(peer))) return peer;
    const hops = String(given)
      .split(",")
      .map((hop) => hop.trim());
    const client = hops.findLast((hop) => !isTrusted(hop)) ?? hops[0]!;
    return isIP(client) === 0 ? peer : client;
  };
}

/** Whether an address is in a list of addresses and networks: 10.0.0.5, 10.0.0.0/8. */
export function inNetworks(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** 127.0.0.1 for 127.0.0.1:50000, ::1 for [::1]:50000; an address without a port, and any other text, as it is. */
export function withoutPort(peer: string): string {
  return isIP(peer) === 0 ? peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") : peer;
}

function connectionAddress(wire: WireCall): string {
  try {
    return wire.getPeer();
  } catch {
    return "unknown"; // the connection broke before the call was looked at
  }
}
