import { expect } from "chai";
import { isBareCardNumber } from "./card-numbers.ts";

describe("a machine field", () => {
  for (const text of [
    "4111111111111111",
    " 4111 1111 1111 1111 ",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "378282246310005",
    "\uff15555555555554444",
    "2223003122003222",
  ])
    it(`is a card number where it is ${JSON.stringify(text)}`, () => {
      expect(isBareCardNumber(text)).to.equal(true);
    });

  for (const text of [
    "",
    "order-4111-1111-1111-1111",
    "4111111111111111x",
    "4111111111111112",
    "961261347570454",
    "9400 1118 9922 3197 4284 90",
    "1234567890123456788",
    "4222222222222222222",
    "6304000000000000000",
    "6200000000000005",
    "41111111-1111-1111-1111-111111111111",
    "4111".repeat(1_000),
  ])
    it(`is none where it is ${JSON.stringify(text.slice(0, 50))}`, () => {
      expect(isBareCardNumber(text)).to.equal(false);
    });
});
