import type { ICustomPartitioner } from "kafkajs";

/**
 * Chooses partitions as Apache's own clients do, by murmur2 of the key, so that all producers of a topic agree. kafkajs's
 * partitioner chooses the same ones and computes with a BigInt an operation, ten to twenty times slower.
 */
export const partitionByKey: ICustomPartitioner =
  () =>
  ({ partitionMetadata, message: { key } }) => {
    const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key ?? "");
    return (murmur2(bytes) & 0x7fffffff) % partitionMetadata.length;
  };

const multiplier = 0x5bd1e995;
const seed = 0x9747b28c;

function murmur2(bytes: Buffer): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < length) hash = Math.imul(hash ^ bytes.readUIntLE(whole, length - whole), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
