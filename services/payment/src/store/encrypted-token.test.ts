import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { keyRingFrom } from "@till/encryption/key-ring";
import { fingerprints, decryptToken, encryptToken } from "./encrypted-token.ts";

const key = (id: string) => `${id}:${randomBytes(32).toString("base64")}`;

describe("a key ring", () => {
  it("encrypts with its first key and decrypts with each", () => {
    const [old, newer] = [key("k1"), key("k2")];
    const ref = { userId: "u", id: "m" };
    const encrypted = encryptToken(keyRingFrom(old, "payment-method"), "tok_ü", ref);
    const keyRing = keyRingFrom(` ${newer} , ${old} `, "payment-method");
    expect([encrypted.keyId, decryptToken(keyRing, encrypted, ref)]).to.deep.equal(["k1", "tok_ü"]);
    expect(encryptToken(keyRing, "tok_a", ref).keyId).to.equal("k2");
    expect(fingerprints(keyRing, "tok_a")[1]).to.deep.equal(
      fingerprints(keyRingFrom(old, "payment-method"), "tok_a")[0],
    );
  });

  it("is rejected if a key is too short, has no id or the id of another, and is not quoted", () => {
    const short = `k1:${randomBytes(31).toString("base64")}`;
    for (const text of [
      short,
      "k1",
      randomBytes(32).toString("base64"),
      `${key("k1")},${key("k1")}`,
      `${key("k1")},`,
    ])
      expect(() => keyRingFrom(text, "payment-method")).to.throw(Error, /^(each key must be|two keys have)/);
  });
});
