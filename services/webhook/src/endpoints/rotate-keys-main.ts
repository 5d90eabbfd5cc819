import { ConfigError } from "@till/config";
import { rotateKeys, runRotation } from "@till/encryption/rotate-keys";
import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { webhookConfig } from "../config.ts";
import { openStoredSecrets } from "../store/stored-secrets.ts";

/**
 * `npm run rotate-webhook-keys`: encrypts every secret of an endpoint under the first of TILL_ENCRYPTION_KEYS. Safe while the
 * service runs, and to repeat. Exit code 0: no other key is needed any more; 1: some are, or it could not be done.
 *
 * To change keys: append the new one on every replica ("k1:…,k2:…"), then put it first ("k2:…,k1:…"), then run this,
 * then take the old one away.
 */
await runRotation("rotate-webhook-keys", async (print) => {
  const { databaseUrl: url, keyRing } = webhookConfig();
  if (!keyRing) throw new ConfigError(["TILL_ENCRYPTION_KEYS is missing (<id>:<32 bytes in base64>,…)"]);
  const log = createLog({ service: "rotate-webhook-keys", level: "warn" });
  // The service brings the schema.
  const db = await connect({ url, migrations: [], log, poolSize: 3 });
  try {
    return await rotateKeys(openStoredSecrets(db, keyRing), keyRing, print);
  } finally {
    await db.close();
  }
});
