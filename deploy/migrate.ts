import { orderConfig, orderMigrations } from "@till/order";
import { paymentConfig, paymentMigrations } from "@till/payment";
import { migrate } from "@till/postgres/migrate";
import { addressOf, createLog } from "@till/telemetry";
import { webhookConfig, webhookMigrations } from "@till/webhook";

const services = {
  order: { config: orderConfig, migrations: orderMigrations },
  payment: { config: paymentConfig, migrations: paymentMigrations },
  webhook: { config: webhookConfig, migrations: webhookMigrations },
};

const usage = `Usage: npm run migrate -- <${Object.keys(services).join("|")}>...

Brings the schemas of the services named up to date, with the database addresses that they would use themselves, and
ends. A service does the same when it starts; a cluster does it before, so that no start waits for it. Safe to repeat,
and beside running services.`;

/** Where the environment says that the databases are. */
const databases = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.endsWith("DATABASE_URL")),
);

async function main(names: readonly string[]): Promise<void> {
  if (names.includes("--help")) return console.log(usage);
  const chosen = names.filter(isService);
  if (chosen.length === 0 || chosen.length < names.length) throw new Error(`which services?\n\n${usage}`);
  for (const name of chosen) {
    const { config, migrations } = services[name];
    // A migration takes no calls and moves no money: it needs nothing else of its service.
    const { databaseUrl: url } = config(databases);
    const log = createLog({ service: "migrate", level: "info" });
    log.info({ service_name: name, database: addressOf(url) }, "migrating");
    await migrate({ url, migrations, log });
    log.info({ service_name: name }, "the schema is up to date");
  }
}

function isService(name: string): name is keyof typeof services {
  return Object.hasOwn(services, name);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`migrate: ${(error as Error).message}`);
  process.exitCode = 1;
}
