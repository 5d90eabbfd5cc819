import { pino } from "pino";
import { hasCardNumber, maskCardNumbers } from "./card-numbers.ts";

/** Returns a copy fit for the log: values with a secret's name are masked at every depth, errors become plain data. */
export function redacted(fields: object): Record<string, unknown> {
  return masked(fields, 0);
}

const secret =
  /authorization|cookie|token|secret|password|passphrase|api_?key|private_?key|card_?number|cvv|cvc|^card$|^pan$/i;
const maxDepth = 4;

function masked(fields: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value: unknown = fields[name as keyof typeof fields];
    const { shown, isSecret } = nameInLog(name);
    copy[shown] = isSecret && value !== undefined ? "[redacted]" : loggable(value, depth + 1);
  }
  return copy;
}

type NameInLog = { readonly shown: string; readonly isSecret: boolean };

const names = new Map<string, NameInLog>();

/** Looked at once: lines have the same few names, but may also have those that a caller made up. */
function nameInLog(name: string): NameInLog {
  let known = names.get(name);
  if (!known) {
    known = { shown: maskCardNumbers(name), isSecret: secret.test(name) };
    if (names.size < 1_000) names.set(name, known);
  }
  return known;
}

function loggable(value: unknown, depth: number): unknown {
  if (typeof value === "number" || typeof value === "bigint")
    return hasCardNumber(String(value)) ? "[card number]" : value;
  if (typeof value === "string") return maskCardNumbers(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "[deep]";
  if ("toJSON" in value && typeof value.toJSON === "function")
    return loggable((value as { toJSON(): unknown }).toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((item) => loggable(item, depth + 1));
  if (value instanceof Error) return masked(pino.stdSerializers.err(value), depth);
  // A socket or a connection is wide and circular.
  return isPlain(value) ? masked(value, depth) : `[${value.constructor.name}]`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
