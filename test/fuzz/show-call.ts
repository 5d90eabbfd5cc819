import { fromBinary, toJsonString } from "@bufbuild/protobuf";
import type { FuzzCall } from "./fuzz-call.ts";

const longest = 400;

/** A call in one line for people: what repeats it, the RPC, who calls, and its message. */
export function showCall({ seed, index, method, role, mood, headers, message }: FuzzCall): string {
  const odd = Object.entries(headers).filter(([name]) => !usual.has(name));
  const metadata = odd.length > 0 ? ` metadata ${shortened(JSON.stringify(Object.fromEntries(odd)))}` : "";
  return `${seed}:${index} ${method.parent.typeName}/${method.name} as ${role}, ${mood}:${metadata} ${textOf(method, message)}`;
}

const usual = new Set([":method", ":path", "te", "content-type", "user-agent", "authorization"]);

function textOf({ input }: FuzzCall["method"], message: Buffer): string {
  try {
    return shortened(toJsonString(input, fromBinary(input, message)));
  } catch {
    return shortened(`${message.length} bytes ${message.toString("hex")}`);
  }
}

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
