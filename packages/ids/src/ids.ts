import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

let lastMs = 0;
let sequence = 0;

/**
 * A new UUIDv7. Ids of one process ascend in the order they were made, also within a millisecond, so that they can
 * serve as the order of things; they are hard to guess all the same.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = randomBytes(4).readUInt32BE() >>> 1;
  } else {
    sequence += 1;
  }
  return textOf(v7({ msecs: lastMs, seq: sequence, random: randomBytes(16) }, id));
}

const id = new Uint8Array(16);
const text = Buffer.alloc(36, "-");
const digits = Buffer.from("0123456789abcdef");

/** The text of a UUID in one piece: joined of its digits, it is twenty pieces until it is first read. */
function textOf(uuid: Uint8Array): string {
  let at = 0;
  for (let index = 0; index < 16; index += 1) {
    const byte = uuid[index]!;
    if (index === 4 || index === 6 || index === 8 || index === 10) at += 1; // a dash
    text[at] = digits[byte >>> 4]!;
    text[at + 1] = digits[byte & 15]!;
    at += 2;
  }
  return text.toString("latin1");
}

/** So many random bytes in hex, as trace and span ids are written. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

// One system call for every few hundred ids instead of one each: it was a tenth of CreateOrder's time.
const pool = Buffer.alloc(8192);
let used = pool.length;

function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

/**
 * The form in which ids of other systems are compared: an id in the form of a UUID in lower case, any other id as it is.
 */
export function canonicalId(id: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : id;
}

/** Whether a text can be an id of another system: 1 to 128 printable ASCII characters without blanks. */
export function isExternalId(text: string): boolean {
  return /^[!-~]{1,128}$/.test(text);
}
