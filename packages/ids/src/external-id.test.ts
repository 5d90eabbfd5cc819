import { expect } from "chai";
import { canonicalId, isExternalId } from "./ids.ts";

describe("an external id", () => {
  it("is 1 to 128 printable ASCII characters without blanks", () => {
    for (const id of ["prod-123", "auth0|65f0c2", "yoga:2026-11-30", "~", "!".repeat(128)])
      expect(isExternalId(id), id).to.equal(true);
    for (const id of ["", " ", "a b", "a\n", "\u007f", "é", "a\u0000", "x".repeat(129)])
      expect(isExternalId(id), id).to.equal(false);
  });

  it("is compared as it is, and in lower case in the form of a UUID", () => {
    expect(canonicalId("Auth0|65F0C2")).to.equal("Auth0|65F0C2");
    expect(canonicalId("018F0000-0000-7000-8000-0000000000A1")).to.equal(
      "018f0000-0000-7000-8000-0000000000a1",
    );
    expect(canonicalId("X018F000-0000-7000-8000-0000000000A1")).to.equal(
      "X018F000-0000-7000-8000-0000000000A1",
    );
  });
});
