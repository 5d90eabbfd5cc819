import { ScalarType, type DescField, type DescMessage, type DescOneof } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { anyPart, hostileDouble, hostileInteger, hostileText } from "./hostile-values.ts";
import type { Random } from "./random.ts";
import type { ValidValues } from "./valid-values.ts";
import {
  double,
  fieldBytes,
  fields,
  fixed,
  nested,
  part,
  text,
  varint,
  zigzag,
  type Part,
} from "./wire-parts.ts";

export type MessageOptions = {
  readonly random: Random;
  readonly values: ValidValues;
  /** How likely it is that a field is spoiled, 0 to 1. */
  readonly spoiled: number;
  /** The size up to which a spoiled field is repeated. */
  readonly largestBytes: number;
};

/** Makes a message of a type on the wire: valid where nothing is spoiled, as far as its fields' names tell. */
export function writeMessage(schema: DescMessage, options: MessageOptions, depth = 0): Buffer {
  const { random, spoiled } = options;
  const written: Uint8Array[] = [];
  for (const member of schema.members) {
    for (const field of member.kind === "oneof" ? chosen(member, options) : [member]) {
      const parts = random.chance(spoiled)
        ? spoiledParts(field, options, depth)
        : validParts(field, options, depth);
      for (const one of parts) written.push(fieldBytes(field.number, one));
    }
  }
  return Buffer.concat(written);
}

/** One of them; where they are spoiled none, or several at once. */
function chosen({ fields }: DescOneof, { random, spoiled }: MessageOptions): readonly DescField[] {
  if (random.chance(spoiled)) return random.pick([[], fields, [...fields, ...fields.toReversed()]]);
  // A method is named by its first field more often than not.
  return [random.chance(0.5) ? fields[0]! : random.pick(fields)];
}

/** Left out now and then, if it may be. */
function validParts(field: DescField, options: MessageOptions, depth: number): Part[] {
  const { random } = options;
  if (depth > 8 || random.chance(leftOut(field))) return [];
  if (field.fieldKind === "list") return times(1 + random.below(3), () => validPart(field, options, depth));
  if (field.fieldKind === "map") return [mapEntry(text("key"), text("value"))];
  return [validPart(field, options, depth)];
}

/** How likely it is that a valid message has no value for a field. */
function leftOut({ name, parent, oneof }: DescField): number {
  if (/price|total|currency|shipping_fee/.test(name) && !name.endsWith("_code")) return 0.95;
  if (parent.name.startsWith("List") || name === "user_id") return 0.5;
  const isNeeded = /(^|_)(ids?|key|reason|status|token|address)$|^(items|amount|item)$/.test(name);
  if (isNeeded || oneof) return 0.03;
  return name === "quantity" || name === "seats" ? 0.8 : 0.5;
}

function validPart(field: DescField, options: MessageOptions, depth: number): Part {
  const { random, values } = options;
  if (field.message) return messagePart(field.message, options, depth);
  if (field.enum) return varint(BigInt(random.pick(field.enum.values).number));
  return field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES
    ? text(values.text(field))
    : scalarPart(field.scalar, values.integer(field), 1);
}

function messagePart(schema: DescMessage, options: MessageOptions, depth: number): Part {
  const { random, values, spoiled } = options;
  if (!random.chance(spoiled)) {
    if (schema.typeName === "google.type.Money") {
      const { currencyCode, units, nanos } = values.money();
      return messageOf([1, text(currencyCode)], [2, varint(units)], [3, varint(BigInt(nanos))]);
    }
    if (schema.typeName === "google.protobuf.Timestamp")
      return messageOf([1, varint(BigInt(Math.floor(Date.now() / 1000) - random.below(120)))]);
    if (schema.typeName === "google.type.PostalAddress")
      return messageOf([2, text("DE")], [7, text("Berlin")], [9, text("Kastanienallee 1")]);
  }
  return part(WireType.LengthDelimited, writeMessage(schema, options, depth + 1));
}

function messageOf(...written: readonly (readonly [number, Part])[]): Part {
  return part(
    WireType.LengthDelimited,
    Buffer.concat(written.map(([number, one]) => fieldBytes(number, one))),
  );
}

function spoiledParts(field: DescField, options: MessageOptions, depth: number): Part[] {
  const { random } = options;
  const hostile = () => hostilePart(field, options, depth);
  switch (random.below(8)) {
    case 0:
      return [];
    case 1:
      return [anyPart(random)];
    case 2:
      return times(2 + random.below(depth === 0 ? 120 : 4), hostile);
    case 3:
      return [
        repeated(field, random.chance(0.5) ? hostile() : validPart(field, options, depth + 1), options),
      ];
    case 4:
      return [part(WireType.LengthDelimited, deep(field, random))];
    case 5:
      return [part(WireType.LengthDelimited, packed(field, options))];
    default:
      return [hostile()];
  }
}

function hostilePart(field: DescField, options: MessageOptions, depth: number): Part {
  const { random } = options;
  if (field.fieldKind === "map") return mapEntry(hostileText(random), hostileText(random));
  if (field.message) {
    // Lists in lists would be larger than any message.
    const largestBytes = Math.floor(options.largestBytes / 100);
    const inner = { ...options, spoiled: Math.max(options.spoiled, 0.5), largestBytes };
    return depth > 4
      ? anyPart(random)
      : part(WireType.LengthDelimited, writeMessage(field.message, inner, depth + 1));
  }
  if (field.enum) return varint(random.pick([99n, -1n, 0n, 2n ** 31n - 1n, 2n ** 40n]));
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return hostileText(random);
  return scalarPart(field.scalar, hostileInteger(random), hostileDouble(random));
}

/** The same field again and again, up to the size that is given. */
function repeated({ number }: DescField, one: Part, { random, largestBytes }: MessageOptions): Part {
  const bytes = fieldBytes(number, one);
  const most = Math.max(Math.floor(largestBytes / bytes.length), 1);
  const count = Math.min(most, 1 + random.below(random.pick([200, 2_000, 600_000])));
  return fields(Buffer.alloc(count * bytes.length, bytes));
}

/** Numbers, one after the other, up to the size that is given; of a list of enums all wrong. */
function packed(_: DescField, { random, largestBytes }: MessageOptions): Uint8Array {
  return Buffer.alloc(random.below(random.pick([20, 2_000, largestBytes])), random.pick([99, 0, 1, 0xff]));
}

function deep({ number, message }: DescField, random: Random): Uint8Array {
  // A google.protobuf.Value has lists in field 6, a Struct its fields in field 1; other types are nested as they are.
  const inner = message?.typeName === "google.protobuf.Value" ? 6 : random.pick([number, 1]);
  return nested(inner, random.chance(0.02) ? 20_000 : random.pick([20, 99, 101, 300]));
}

function mapEntry(key: Part, value: Part): Part {
  return messageOf([1, key], [2, value]);
}

/** A number as a scalar type has it on the wire. */
function scalarPart(scalar: ScalarType | undefined, integer: bigint, fraction: number): Part {
  if (scalar === ScalarType.DOUBLE) return double(8, fraction);
  if (scalar === ScalarType.FLOAT) return double(4, fraction);
  if (scalar === ScalarType.SINT32 || scalar === ScalarType.SINT64) return zigzag(integer);
  if (scalar === ScalarType.FIXED32 || scalar === ScalarType.SFIXED32) return fixed(4, integer);
  if (scalar === ScalarType.FIXED64 || scalar === ScalarType.SFIXED64) return fixed(8, integer);
  return varint(integer);
}

function times<Value>(count: number, make: () => Value): Value[] {
  return Array.from({ length: count }, make);
}
