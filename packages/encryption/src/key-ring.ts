import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** The keys of encrypted columns. The first one encrypts, all of them decrypt. */
export type KeyRing = readonly [EncryptionKey, ...EncryptionKey[]];

export type EncryptionKey = {
  /** Stored beside what it encrypted; not a secret. */
  readonly id: string;
  readonly encrypting: KeyObject;
  /** Key of the fingerprints, which compare texts without decrypting them. */
  readonly fingerprinting: KeyObject;
};

/**
 * Reads `k2:<32 bytes in base64>,k1:…`, for what is encrypted of one kind: `kind` is a part of stored data. Throws an
 * Error that does not quote the text.
 */
export function keyRingFrom(text: string, kind: "payment-method" | "webhook-secret"): KeyRing {
  const [first, ...others] = text.split(",").map((entry) => keyFrom(entry.trim(), kind));
  const ids = new Set([first, ...others].map((key) => key?.id));
  if (!first || ids.size <= others.length) throw new Error("two keys have the same id");
  return [first, ...others];
}

function keyFrom(entry: string, kind: string): EncryptionKey {
  const [, id, encoded] = /^([\w-]{1,32}):([\w+/-]{43}=?)$/.exec(entry) ?? [];
  const secret = Buffer.from(encoded ?? "", "base64");
  if (id === undefined || secret.length !== 32)
    throw new Error("each key must be <id>:<32 bytes in base64>, separated by commas");
  return {
    id,
    encrypting: derive(secret, `${kind}/seal`),
    fingerprinting: derive(secret, `${kind}/fingerprint`),
  };
}

/** Derives a secret's key for one purpose. The purposes are part of stored data: they must not change. */
function derive(secret: Buffer, purpose: string): KeyObject {
  const derived = hkdfSync("sha256", secret, "", `till/${purpose}`, 32);
  return createSecretKey(Buffer.from(derived));
}
