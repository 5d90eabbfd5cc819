import type { Metadata } from "@grpc/grpc-js";

/** Copies what is text. Never throws, as grpc-js calls it: a value that is not valid in HTTP/1 is left out. */
export function copyHeaders(from: Metadata, to: Headers): Headers {
  for (const [name, value] of Object.entries(from.getMap())) {
    if (typeof value !== "string") continue;
    try {
      to.set(name, value);
    } catch {
      continue;
    }
  }
  return to;
}
