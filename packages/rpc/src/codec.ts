import { create, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { appError } from "./app-error.ts";
import { checkCardNumbers } from "./check-card-numbers.ts";
import { nulIn } from "./nul-in.ts";
import { validate } from "./validate.ts";
import { checkWireLimits } from "./wire-limits.ts";

/** Reads a request: its size, the lengths of its lists, its form, no card number, no NUL, then the rules of its proto. */
export function decode<Desc extends DescMessage>(
  schema: Desc,
  bytes: Buffer,
  largestBytes: number,
): MessageShape<Desc> {
  if (bytes.length > largestBytes) {
    throw appError(
      "REQUEST_TOO_LARGE",
      `a request may have ${largestBytes} bytes, this one has ${bytes.length}`,
    );
  }
  checkWireLimits(schema, bytes);
  const message = parse(schema, bytes);
  // First, so that no later error can quote one.
  checkCardNumbers(schema, message);
  // No text without a NUL byte has a NUL character.
  const nul = bytes.includes(0) ? nulIn(schema, message) : undefined;
  if (nul !== undefined) throw appError("INVALID_ARGUMENT", "must not have a NUL character", { field: nul });
  validate(schema, message);
  return message;
}

function parse<Desc extends DescMessage>(schema: Desc, bytes: Buffer): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw appError("INVALID_ARGUMENT", `the request is not a valid ${schema.typeName}`, { cause });
  }
}

/** Returns the bytes of a response. */
export function encode<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Buffer {
  const bytes = toBinary(schema, create(schema, init));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
