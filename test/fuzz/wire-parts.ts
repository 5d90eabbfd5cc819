import { WireType } from "@bufbuild/protobuf/wire";

/** The value of a field on the wire, without its tag; or several fields, tags and all. */
export type Part = { readonly wire: WireType | "fields"; readonly content: Uint8Array };

/** A value as it is: bytes that need a length get it when they are written. */
export function part(wire: WireType, content: Uint8Array): Part {
  return { wire, content };
}

export function fields(content: Uint8Array): Part {
  return { wire: "fields", content };
}

export function text(value: string): Part {
  return part(WireType.LengthDelimited, Buffer.from(value));
}

/** An integer, negative ones in two's complement. */
export function varint(value: bigint): Part {
  return part(WireType.Varint, varintBytes(value));
}

/** A field: tag, length where it has one, value. */
export function fieldBytes(number: number, { wire, content }: Part): Uint8Array {
  if (wire === "fields") return content;
  const tag = varintBytes(BigInt(number * 8 + wire));
  if (wire !== WireType.LengthDelimited) return Buffer.concat([tag, content]);
  return Buffer.concat([tag, varintBytes(BigInt(content.length)), content]);
}

/** A message in itself, so many times: field `number` of each has the next one. */
export function nested(number: number, levels: number): Uint8Array {
  const heads: Uint8Array[] = [];
  const tag = varintBytes(BigInt(number * 8 + WireType.LengthDelimited));
  let length = 0;
  for (let level = 0; level < levels; level += 1) {
    const size = varintBytes(BigInt(length));
    heads.push(size, tag);
    length += tag.length + size.length;
  }
  return Buffer.concat(heads.reverse());
}

/** Integers that are not varints. */
export function fixed(bytes: 4 | 8, value: bigint): Part {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(BigInt.asUintN(64, value));
  return part(bytes === 4 ? WireType.Bit32 : WireType.Bit64, content.subarray(0, bytes));
}

export function double(bytes: 4 | 8, value: number): Part {
  const content = Buffer.alloc(bytes);
  if (bytes === 4) content.writeFloatLE(value);
  else content.writeDoubleLE(value);
  return part(bytes === 4 ? WireType.Bit32 : WireType.Bit64, content);
}

/** A signed integer whose sign is its lowest bit. */
export function zigzag(value: bigint): Part {
  return varint(value < 0n ? -value * 2n - 1n : value * 2n);
}

function varintBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
