import type { EventRecord } from "./bus.ts";

/** Room for the key, the headers and the framing of a record. */
const overheadBytes = 512;

/** Cuts records into runs of at most so many bytes, keeping their order. A larger record goes alone. */
export function* recordChunks(
  records: readonly EventRecord[],
  maxBytes: number,
): Generator<readonly EventRecord[]> {
  let chunk: EventRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(record.value) + overheadBytes;
    if (chunk.length > 0 && bytes + size > maxBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
