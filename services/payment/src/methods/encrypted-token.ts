import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { appError } from "../rules/errors.ts";
import type { EncryptionKey, KeyRing } from "./key-ring.ts";

/** A provider's reference, encrypted with AES-256-GCM. It opens for the row it was made for and for no other. */
export type EncryptedToken = { readonly keyId: string; readonly nonce: Buffer; readonly ciphertext: Buffer };

export type MethodRef = { readonly userId: string; readonly id: string };

const algorithm = "aes-256-gcm";
const tagBytes = 16;

/** Encrypts a reference under the ring's first key, with a nonce that is used once. */
export function encryptToken([key]: KeyRing, token: string, ref: MethodRef): EncryptedToken {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key.encrypting, nonce).setAAD(belonging(ref));
  const ciphertext = Buffer.concat([cipher.update(token, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { keyId: key.id, nonce, ciphertext };
}

/** Decrypts a reference. Throws where its key is not in the ring, and where the row or the key is not what it was. */
export function decryptToken(
  ring: KeyRing,
  { keyId, nonce, ciphertext }: EncryptedToken,
  ref: MethodRef,
): string {
  const key = ring.find(({ id }) => id === keyId);
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

/** What tells that two references are the same, under each of the ring's keys, the first one first. */
export function fingerprints(ring: KeyRing, token: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = ring;
  const under = ({ fingerprinting }: EncryptionKey) =>
    createHmac("sha256", fingerprinting).update(token).digest();
  return [under(first), ...others.map(under)];
}

function belonging({ userId, id }: MethodRef): Buffer {
  return Buffer.from(`${userId}/${id}`);
}
