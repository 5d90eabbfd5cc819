import { expect } from "chai";
import { AppError } from "@till/rpc/errors";
import { statusesFromProto } from "./status-filter.ts";

describe("The statuses a list of payments is narrowed to", () => {
  it("are named with or without the enum's prefix, in any case", () => {
    expect(statusesFromProto(["PAYMENT_STATUS_UNKNOWN", "voided", "Processed", "voided"])).to.deep.equal([
      "PROCESSED",
      "UNKNOWN",
      "VOIDED",
    ]);
  });

  it("include all the statuses of a requested public value", () => {
    for (const [name, statuses] of Object.entries({
      pending: ["AUTHORIZED", "PENDING", "REQUIRES_ACTION", "UNKNOWN"],
      processed: ["PROCESSED"],
      Failed: ["FAILED", "VOIDED"],
      REFUNDED: ["PARTIALLY_REFUNDED", "REFUNDED"],
    })) {
      expect(statusesFromProto([name])).to.deep.equal(statuses);
      const exact = `PAYMENT_STATUS_${name.toUpperCase()}`;
      expect(statusesFromProto([exact])).to.deep.equal([name.toUpperCase()]);
    }
  });

  it("are ours", () => {
    for (const name of ["PAID", "", "PAYMENT_STATUS_UNSPECIFIED", "PAYMENT_STATUS_", "toString"])
      expect(() => statusesFromProto(["FAILED", name]))
        .to.throw(AppError)
        .with.property("message")
        .that.includes("statuses[1]");
  });
});
