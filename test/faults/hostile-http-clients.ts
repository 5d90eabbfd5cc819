import { beside, type Bounds } from "./beside.ts";
import type { FaultSystem } from "./fault-system.ts";
import { idle, idleOfMany } from "./idle-connections.ts";
import { sendBombs, sendLargeBodies } from "./large-messages.ts";
import type { Scenario } from "./scenario.ts";
import { sixStreams } from "./six-streams.ts";
import { leaveBodiesOpen, leaveOutHandshake, sendSlowly } from "./slow-clients.ts";
import { readNoStreams, readNothing } from "./unread-responses.ts";

/** 5,000 open TLS connections take 65 KB each. */
const bounds: Bounds = { growthMb: { first: 350, again: 64 } };
/** An address may have 1,000. */
const ofOneAddress: Bounds = { growthMb: { first: 130, again: 64 } };

/** Clients that mean harm to the gateway, or are broken. */
export const hostileHttpClients: readonly Scenario<FaultSystem>[] = [
  {
    name: "slow-loris",
    about: "500 clients that send a header a second, without end",
    run: (system) => beside(system.clear, { system, bounds, attack: sendSlowly }),
  },
  {
    name: "slow-loris-tls",
    about:
      "the same over TLS, beside 500 that never begin the handshake and 200 bodies without end over HTTP/2",
    run: (system) =>
      beside(system.secure, {
        ...{ system, bounds },
        async attack(secure) {
          const attacks = [sendSlowly(secure), leaveOutHandshake(secure), leaveBodiesOpen(system)];
          return (await Promise.all(attacks)).join("; ");
        },
      }),
  },
  {
    name: "idle-connections",
    about: "5,000 connections of an address and 1,000 each of four others, on which nothing is sent",
    run: (system) => beside(system.clear, { system, bounds, attack: idleOfMany }),
  },
  {
    name: "idle-connections-tls",
    about: "5,000 TLS connections of one address, with HTTP/2 on which nothing is sent",
    run: (system) => beside(system.secure, { system, bounds: ofOneAddress, attack: idle }),
  },
  {
    name: "idle-connections-tls-of-many",
    about: "the same beside 1,000 each of four other addresses: as many are open as were tried in vain",
    run: (system) => beside(system.secure, { system, bounds, attack: idleOfMany }),
  },
  {
    name: "large-bodies",
    about: "200 bodies of 1 GB, declared and then sent, and 200 of an unknown length",
    run: (system) => beside(system.clear, { system, bounds, attack: () => sendLargeBodies(system) }),
  },
  {
    name: "gzip-bombs",
    about: "500 messages of 50 KB that are 50 MB when they are decompressed",
    run: (system) => beside(system.clear, { system, bounds, attack: () => sendBombs(system) }),
  },
  {
    name: "unread-responses",
    about: "50 clients that ask for 25 MB each and read nothing",
    run: (system) => beside(system.clear, { system, bounds, attack: readNothing }),
  },
  {
    name: "unread-responses-tls",
    about: "50 clients over TLS and 2,000 streams over HTTP/2 that read nothing",
    run: (system) =>
      beside(system.secure, {
        ...{ system, bounds },
        attack: async (secure) =>
          (await Promise.all([readNothing(secure), readNoStreams(secure)])).join("; "),
      }),
  },
  {
    name: "six-streams",
    about: "six WatchOrder streams of one page in Chromium beside its ordinary calls",
    run: sixStreams,
  },
];
