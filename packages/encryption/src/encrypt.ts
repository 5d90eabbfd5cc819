import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { KeyRing } from "./key-ring.ts";

/** A text as a row has it, encrypted with AES-256-GCM. It decrypts for its own row only. */
export type Encrypted = { readonly keyId: string; readonly nonce: Buffer; readonly ciphertext: Buffer };

/** Thrown where a text was encrypted with a key that the key ring does not have. */
export class EncryptionKeyMissing extends Error {
  override readonly name = "EncryptionKeyMissing";
  readonly keyId: string;

  constructor(keyId: string) {
    super(`the encryption key ${keyId} is missing`);
    this.keyId = keyId;
  }
}

const algorithm = "aes-256-gcm";
const tagBytes = 16;

/** Encrypts a text with the key ring's first key and a new nonce. `row` names the row that the result belongs to. */
export function encrypt([key]: KeyRing, text: string, row: string): Encrypted {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key.encrypting, nonce).setAAD(Buffer.from(row));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { keyId: key.id, nonce, ciphertext };
}

/** Decrypts a text. Throws EncryptionKeyMissing, or an Error where row or key are not those it was encrypted for. */
export function decrypt(keyRing: KeyRing, { keyId, nonce, ciphertext }: Encrypted, row: string): string {
  const key = keyRing.find(({ id }) => id === keyId);
  if (!key) throw new EncryptionKeyMissing(keyId);
  const end = ciphertext.length - tagBytes;
  try {
    const decipher = createDecipheriv(algorithm, key.encrypting, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(row))
      .setAuthTag(ciphertext.subarray(end));
    return decipher.update(ciphertext.subarray(0, end), undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new Error(`${row} cannot be decrypted: key ${keyId} or the row was changed`, { cause });
  }
}
