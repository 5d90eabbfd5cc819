/** `json` is a JSON text, stored as the text it is; `jsonb` any object. */
export type ColumnType =
  "uuid" | "text" | "integer" | "bigint" | "boolean" | "timestamptz" | "json" | "jsonb";

export type Value = string | number | bigint | boolean | Date | object | null | undefined;

/**
 * An array as Postgres itself keeps it: fewer bytes than its text, and nothing to parse on the other side. The driver
 * sends a Buffer as it is. Throws a TypeError for what is no UUID, no whole number or no time.
 */
export function binaryArray<Row>(
  type: ColumnType,
  rows: readonly Row[],
  valueOf: (row: Row) => Value,
): Buffer {
  const { oid, write } = elements[type];
  let hasNull = false;
  end = headerBytes;
  for (const row of rows) {
    const value = valueOf(row);
    const at = reserve(4);
    const isNull = value === null || value === undefined;
    if (isNull) hasNull = true;
    else write(value as never);
    view.setInt32(at, isNull ? -1 : end - at - 4);
  }
  const isEmpty = rows.length === 0;
  view.setInt32(0, isEmpty ? 0 : 1); // dimensions
  view.setInt32(4, hasNull ? 1 : 0);
  view.setInt32(8, oid);
  view.setInt32(12, rows.length);
  view.setInt32(16, 1); // the first one's index
  return Buffer.from(scratch.subarray(0, isEmpty ? emptyBytes : end));
}

const headerBytes = 20;
/** Without elements there is no dimension to describe. */
const emptyBytes = 12;

/** Where arrays are put together, one at a time; it grows to the largest there was. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);
/** The same bytes, for what is known to fit: the Buffer checks each number first. */
let view = new DataView(scratch.buffer);
let end = 0;

/** Makes room for so many bytes and returns where they begin. */
function reserve(bytes: number): number {
  const at = end;
  end += bytes;
  if (end > scratch.length) {
    const larger = Buffer.allocUnsafeSlow(2 * end);
    scratch.copy(larger, 0, 0, at);
    scratch = larger;
    view = new DataView(scratch.buffer);
  }
  return at;
}

type Element = { readonly oid: number; readonly write: (value: never) => void };

/** By their numbers in Postgres's catalogue. A jsonb begins with the number of its format. */
const elements: { readonly [Type in ColumnType]: Element } = {
  boolean: { oid: 16, write: (value: boolean) => writeInt8(value ? 1 : 0) },
  integer: { oid: 23, write: (value: number) => writeInt32(wholeNumber(value)) },
  bigint: { oid: 20, write: writeInt64 },
  timestamptz: { oid: 1184, write: (value: Date) => writeInt64((value.getTime() - year2000) * 1000) },
  uuid: { oid: 2950, write: writeUuid },
  text: { oid: 25, write: writeText },
  json: { oid: 25, write: writeText },
  jsonb: {
    oid: 3802,
    write(value: object) {
      writeInt8(1);
      writeText(JSON.stringify(value));
    },
  },
};

const year2000 = Date.UTC(2000, 0, 1);

// Room is made first: it may be made elsewhere.
function writeInt8(value: number): void {
  const at = reserve(1);
  view.setInt8(at, value);
}

function writeInt32(value: number): void {
  const at = reserve(4);
  scratch.writeInt32BE(value, at);
}

function writeInt64(value: bigint | number): void {
  const at = reserve(8);
  if (typeof value === "bigint") {
    scratch.writeBigInt64BE(value, at);
  } else {
    const high = Math.floor(wholeNumber(value) / 2 ** 32);
    view.setInt32(at, high);
    view.setUint32(at + 4, value - high * 2 ** 32);
  }
}

/** A Buffer would take half a cent or no time at all for a zero. */
function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number`);
  return value;
}

function writeText(value: string): void {
  // A UTF-16 unit takes three bytes at most.
  const at = reserve(3 * value.length);
  end = at + scratch.write(value, at);
}

/** The value of each hexadecimal digit by its character; -1 for every other character below 256. */
const nibbles = new Int8Array(256).fill(-1);
for (const digits of ["0123456789abcdef", "0123456789ABCDEF"])
  [...digits].forEach((digit, value) => (nibbles[digit.charCodeAt(0)] = value));

const dash = "-".charCodeAt(0);

/** Throws a TypeError. */
function writeUuid(value: string): void {
  let at = reserve(16);
  let isUuid = value.length === 36;
  for (let index = 0; index < 36; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (value.charCodeAt(index) !== dash) isUuid = false;
      index += 1;
    }
    const high = nibbles[value.charCodeAt(index)] ?? -1;
    const low = nibbles[value.charCodeAt(index + 1)] ?? -1;
    if (high < 0 || low < 0) isUuid = false;
    scratch[at] = (high << 4) | low;
    at += 1;
  }
  if (!isUuid) throw new TypeError(`${value} is not a UUID`);
}
