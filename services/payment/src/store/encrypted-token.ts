import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { appError } from "../rules/errors.ts";
import type { EncryptionKey, KeyRing } from "../provider/key-ring.ts";

/** A payment method's provider token, encrypted with AES-256-GCM. It decrypts for its own row only. */
export type EncryptedToken = { readonly keyId: string; readonly nonce: Buffer; readonly ciphertext: Buffer };

export type MethodRef = { readonly userId: string; readonly id: string };

const algorithm = "aes-256-gcm";
const tagBytes = 16;

/** Encrypts a provider token with the key ring's first key and a new nonce. */
export function encryptToken([key]: KeyRing, token: string, ref: MethodRef): EncryptedToken {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key.encrypting, nonce).setAAD(belonging(ref));
  const ciphertext = Buffer.concat([cipher.update(token, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { keyId: key.id, nonce, ciphertext };
}

/** Decrypts a provider token. Throws ENCRYPTION_NOT_CONFIGURED without its key, an Error if the row or key was changed. */
export function decryptToken(
  keyRing: KeyRing,
  { keyId, nonce, ciphertext }: EncryptedToken,
  ref: MethodRef,
): string {
  const key = keyRing.find(({ id }) => id === keyId);
  if (!key) {
    const message = "this payment method was encrypted with a key that the service does not have";
    throw appError("ENCRYPTION_NOT_CONFIGURED", message, { metadata: { key_id: keyId } });
  }
  const end = ciphertext.length - tagBytes;
  try {
    const decipher = createDecipheriv(algorithm, key.encrypting, nonce, { authTagLength: tagBytes })
      .setAAD(belonging(ref))
      .setAuthTag(ciphertext.subarray(end));
    return decipher.update(ciphertext.subarray(0, end), undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new Error(`payment method ${ref.id} cannot be decrypted: key ${keyId} or the row was changed`, {
      cause,
    });
  }
}

/** Returns a token's fingerprints, one for each key, the first key's first. Equal tokens have equal fingerprints. */
export function fingerprints(keyRing: KeyRing, token: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = keyRing;
  const under = ({ fingerprinting }: EncryptionKey) =>
    createHmac("sha256", fingerprinting).update(token).digest();
  return [under(first), ...others.map(under)];
}

function belonging({ userId, id }: MethodRef): Buffer {
  return Buffer.from(`${userId}/${id}`);
}
