import { ConfigError } from "@till/config";
import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { paymentConfig } from "../config.ts";
import { openStoredTokens } from "../store/stored-tokens.ts";
import { rotateKeys } from "./rotate-keys.ts";

/**
 * `npm run rotate-keys`: encrypts every stored payment method under the first of TILL_ENCRYPTION_KEYS. Safe while the
 * service runs, and to repeat. Exit code 0: no other key is needed any more; 1: some are, or it could not be done.
 *
 * To change keys: append the new one on every replica ("k1:…,k2:…"), then put it first ("k2:…,k1:…"), then run this,
 * then take the old one away.
 */
async function main(): Promise<number> {
  const { databaseUrl: url, keyRing } = paymentConfig();
  if (!keyRing) throw new ConfigError(["TILL_ENCRYPTION_KEYS is missing (<id>:<32 bytes in base64>,…)"]);
  const log = createLog({ service: "rotate-keys", level: "warn" });
  // The service brings the schema.
  const db = await connect({ url, migrations: [], log, poolSize: 3 });
  try {
    const tokens = openStoredTokens(db, keyRing);
    const { rotated, failed } = await rotateKeys(tokens, (sofar) =>
      print(`rotated ${sofar.rotated}, failed ${sofar.failed.length}`),
    );
    for (const id of failed) print(`payment method ${id} could not be encrypted anew`);
    const counts = await tokens.countByKey();
    for (const { keyId, methods } of counts) print(`key ${keyId}: ${methods} payment methods`);
    print(`done: ${rotated} rotated to key ${keyRing[0].id}, ${failed.length} failed`);
    return counts.every(({ keyId }) => keyId === keyRing[0].id) ? 0 : 1;
  } finally {
    await db.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`rotate-keys: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
