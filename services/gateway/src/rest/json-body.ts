import { parse } from "lossless-json";
import { appError } from "../errors.ts";

/**
 * Reads a JSON body. Numbers keep their text, so that no amount passes through a float; null is as if left out. Throws
 * INVALID_ARGUMENT where the body is not JSON, or has one key twice with different values.
 */
export function parseJson(text: string): unknown {
  try {
    return parse(text, dropNull, { onDuplicateKey: rejectDuplicate });
  } catch (cause) {
    throw appError("INVALID_ARGUMENT", problemOf(cause), { cause });
  }
}

class DuplicateKey extends Error {}

function rejectDuplicate(): never {
  throw new DuplicateKey();
}

function dropNull(key: string, value: unknown): unknown {
  return value === null && key !== "" ? undefined : value;
}

/** Without the parser's own text, which quotes the body. */
function problemOf(cause: unknown): string {
  if (cause instanceof DuplicateKey) return "the body has a key twice, with different values";
  return cause instanceof RangeError ? "the body is nested too deeply" : "the body is not valid JSON";
}
