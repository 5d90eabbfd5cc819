import { expect } from "chai";
import { countedAddress } from "./counted-address.ts";

describe("A counted address", () => {
  for (const [peer, counted] of [
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:50000", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["[::ffff:203.0.113.9]:50000", "203.0.113.9"],
    ["::ffff:cb00:7109", "203.0.113.9"],
    ["64:ff9b::203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]:50000", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ] as const)
    it(`of ${peer || "nothing"} is ${counted || "nothing"}`, () => {
      expect(countedAddress(peer)).to.equal(counted);
    });
});
