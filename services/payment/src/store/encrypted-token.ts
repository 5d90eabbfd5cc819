import { decrypt, encrypt, EncryptionKeyMissing, type Encrypted } from "@till/encryption/encrypt";
import type { EncryptionKey, KeyRing } from "@till/encryption/key-ring";
import { createHmac } from "node:crypto";
import { appError } from "../rules/errors.ts";

/** A payment method's provider token, encrypted. It decrypts for its own row only. */
export type EncryptedToken = Encrypted;

export type MethodRef = { readonly userId: string; readonly id: string };

/** Encrypts a provider token with the key ring's first key and a new nonce. */
export function encryptToken(keyRing: KeyRing, token: string, ref: MethodRef): EncryptedToken {
  return encrypt(keyRing, token, rowOf(ref));
}

/** Decrypts a provider token. Throws ENCRYPTION_NOT_CONFIGURED without its key, an Error if the row or key was changed. */
export function decryptToken(keyRing: KeyRing, token: EncryptedToken, ref: MethodRef): string {
  try {
    return decrypt(keyRing, token, rowOf(ref));
  } catch (error) {
    if (!(error instanceof EncryptionKeyMissing)) throw error;
    const message = "this payment method was encrypted with a key that the service does not have";
    throw appError("ENCRYPTION_NOT_CONFIGURED", message, { metadata: { key_id: error.keyId } });
  }
}

/** Returns a token's fingerprints, one for each key, the first key's first. Equal tokens have equal fingerprints. */
export function fingerprints(keyRing: KeyRing, token: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = keyRing;
  const under = ({ fingerprinting }: EncryptionKey) =>
    createHmac("sha256", fingerprinting).update(token).digest();
  return [under(first), ...others.map(under)];
}

function rowOf({ userId, id }: MethodRef): string {
  return `${userId}/${id}`;
}
