import { expect } from "chai";
import { cardHashOf } from "./charge-request.ts";

describe("The hash of a card", () => {
  it("reveals nothing about the token, and differs for two users with one token", () => {
    expect(cardHashOf("ada", "tok_secret")).not.to.include("secret");
    expect(cardHashOf("ada", "tok_secret")).not.to.equal(cardHashOf("bo", "tok_secret"));
  });
});
