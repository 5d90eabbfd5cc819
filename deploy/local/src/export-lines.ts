import type { PartName, Stack } from "./stack.ts";

/** Lines for a shell, in the names that the services and the tests read. */
export function exportLines({ postgres, redis, kafka }: Partial<Stack<PartName>>): string {
  const lines = [
    "# Paste these into other terminals, then: npm run sandbox, npm run order, npm run payment.",
  ];
  const set = (name: string, value: string) => lines.push(`export ${name}='${value}'`);
  if (postgres) {
    set("ORDER_DATABASE_URL", postgres.url("till_order"));
    set("PAYMENT_DATABASE_URL", postgres.url("till_payment"));
    set("DATABASE_URL", postgres.url("till_order"));
    set("TILL_TEST_POSTGRES_URL", postgres.url("postgres"));
  }
  if (redis) {
    set("REDIS_URL", redis.url);
    set("TILL_TEST_REDIS_URL", redis.url);
  }
  if (kafka) {
    set("KAFKA_BROKERS", kafka.brokers);
    set("TILL_TEST_KAFKA_BROKERS", kafka.brokers);
  }
  return [...lines, "# Ctrl-C in this terminal stops the servers and deletes their data."].join("\n");
}
