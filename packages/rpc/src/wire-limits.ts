import { getOption, hasOption, ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { field as rules } from "@till/gen/buf/validate/validate_pb";
import { appError } from "./app-error.ts";
import { wireLimits } from "./limits.ts";

/**
 * Throws INVALID_ARGUMENT, naming the field, where a request on the wire has more elements than a list may have. It
 * reads tags and lengths only, and stops at the first fault: the work does not grow with the number of faults, and
 * nothing of such a request is decoded.
 */
export function checkWireLimits(schema: DescMessage, bytes: Uint8Array): void {
  checkMessage({ bytes, position: 0 }, bytes.length, schema, "", 0);
}

/** How many elements a list or a map may have, as its proto says; undefined where it does not say. */
export function maxItemsOf(field: DescField): number | undefined {
  if (!hasOption(field, rules)) return undefined;
  const { type } = getOption(field, rules);
  const limit =
    type.case === "repeated" ? type.value.maxItems : type.case === "map" ? type.value.maxPairs : 0n;
  return limit === 0n ? undefined : Number(limit);
}

type Cursor = { readonly bytes: Uint8Array; position: number };

type Limit = {
  readonly name: string;
  readonly isList: boolean;
  readonly max: number;
  /** How elements are packed: bytes of each, or 0 for varints; undefined where they are not. */
  readonly packed: number | undefined;
  readonly message: DescMessage | undefined;
};

const limitsOf = new WeakMap<DescMessage, ReadonlyMap<number, Limit>>();

function limitsFor(schema: DescMessage): ReadonlyMap<number, Limit> {
  let limits = limitsOf.get(schema);
  if (!limits) {
    limits = new Map(schema.fields.map((field) => [field.number, limitOf(field)]));
    limitsOf.set(schema, limits);
  }
  return limits;
}

function limitOf(field: DescField): Limit {
  const isList = field.fieldKind === "list" || field.fieldKind === "map";
  return {
    name: field.name,
    isList,
    max: isList ? (maxItemsOf(field) ?? wireLimits.items) : wireLimits.repeats,
    packed: field.fieldKind === "list" ? packedSize(field) : undefined,
    message: field.fieldKind === "map" ? undefined : field.message,
  };
}

function packedSize(field: DescField & { fieldKind: "list" }): number | undefined {
  if (field.listKind === "enum") return 0;
  if (field.listKind === "message") return undefined;
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return undefined;
  return fixedSizes.get(field.scalar) ?? 0;
}

const fixedSizes: ReadonlyMap<ScalarType, number> = new Map([
  ...[ScalarType.FIXED32, ScalarType.SFIXED32, ScalarType.FLOAT].map((type) => [type, 4] as const),
  ...[ScalarType.FIXED64, ScalarType.SFIXED64, ScalarType.DOUBLE].map((type) => [type, 8] as const),
]);

/** Returns where the bytes are malformed: the decoder says what is wrong with them. */
function checkMessage(cursor: Cursor, end: number, schema: DescMessage, path: string, depth: number): void {
  if (depth > wireLimits.depth) throw appError("INVALID_ARGUMENT", "the request is nested too deeply");
  const limits = limitsFor(schema);
  const counts = new Map<number, number>();
  let unknown = 0;
  while (cursor.position < end) {
    const tag = readVarint(cursor);
    const wireType = tag & 7;
    const number = tag >>> 3;
    const length = wireType === 2 ? readVarint(cursor) : 0;
    const from = cursor.position;
    skip(cursor, wireType, length);
    if (cursor.position > end) return;
    const limit = limits.get(number);
    if (!limit) {
      if ((unknown += 1) > wireLimits.unknownFields)
        throw appError("INVALID_ARGUMENT", "too many unknown fields");
      continue;
    }
    const isPacked = wireType === 2 && limit.packed !== undefined;
    const added = isPacked ? packedCount(cursor.bytes, from, cursor.position, limit) : 1;
    const index = counts.get(number) ?? 0;
    counts.set(number, index + added);
    if (index + added > limit.max) throw tooMany(limit, path);
    if (limit.message && wireType === 2) {
      const inner = { bytes: cursor.bytes, position: from };
      const name = limit.isList ? `${path}${limit.name}[${index}].` : `${path}${limit.name}.`;
      checkMessage(inner, from + length, limit.message, name, depth + 1);
    }
  }
}

function tooMany({ name, isList, max }: Limit, path: string) {
  const description = isList ? `must contain no more than ${max} item(s)` : "must be there once";
  return appError("INVALID_ARGUMENT", description, { field: `${path}${name}` });
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.position] ?? 0;
    cursor.position += 1;
    if (shift < 35) value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return value;
}

function skip(cursor: Cursor, wireType: number, length: number): void {
  if (wireType === 0) readVarint(cursor);
  else if (wireType === 1) cursor.position += 8;
  else if (wireType === 2) cursor.position += length;
  else if (wireType === 5) cursor.position += 4;
  else throw appError("INVALID_ARGUMENT", "the request has a group or an unknown wire type");
}

/** How many elements packed bytes have; not counted further than one more than there may be. */
function packedCount(bytes: Uint8Array, from: number, to: number, { packed, max }: Limit): number {
  if (packed !== 0) return Math.ceil((to - from) / packed!);
  let count = 0;
  for (let index = from; index < to && count <= max; index += 1) if (bytes[index]! < 0x80) count += 1;
  return count;
}
