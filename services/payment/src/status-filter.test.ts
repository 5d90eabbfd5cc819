import { expect } from "chai";
import { AppError } from "@till/rpc";
import { statusesFromProto } from "./status-filter.ts";

describe("The statuses a list of payments is narrowed to", () => {
  it("are named with or without the enum's prefix, in any case", () => {
    expect(statusesFromProto(["PAYMENT_STATUS_UNKNOWN", "failed", "Processed", "failed"])).to.deep.equal([
      "FAILED",
      "PROCESSED",
      "UNKNOWN",
    ]);
  });

  it("take in what is refunded in part where just refunded is asked for", () => {
    expect(statusesFromProto(["refunded"])).to.deep.equal(["PARTIALLY_REFUNDED", "REFUNDED"]);
    expect(statusesFromProto(["PAYMENT_STATUS_REFUNDED"])).to.deep.equal(["REFUNDED"]);
  });

  it("are ours", () => {
    for (const name of ["PAID", "", "PAYMENT_STATUS_UNSPECIFIED", "PAYMENT_STATUS_", "toString"])
      expect(() => statusesFromProto(["FAILED", name]))
        .to.throw(AppError)
        .with.property("message")
        .that.includes("statuses[1]");
  });
});
