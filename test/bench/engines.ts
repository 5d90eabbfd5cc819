import { startStack, type Stack } from "../../deploy/local/src/stack.ts";
import { childNamed } from "./cpu.ts";
import { openServer, type Server } from "./databases.ts";

/** Postgres: TILL_BENCH_POSTGRES_URL names a server's admin, else one is started for the time of the bench. */
export async function openPostgres(log: (line: string) => void): Promise<Server & AsyncDisposable> {
  const given = process.env.TILL_BENCH_POSTGRES_URL;
  if (given) {
    const urlOf = (database: string) => Object.assign(new URL(given), { pathname: `/${database}` }).href;
    return { ...(await openServer(urlOf)), [Symbol.asyncDispose]: async () => {} };
  }
  log("starting Postgres");
  const { postgres, stop } = await startStack({ servers: ["postgres"], log });
  try {
    return { ...(await openServer(postgres.url)), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export type Kafka = AsyncDisposable & {
  readonly brokers: string;
  /** Its process, if it was started here. */
  readonly processes: { readonly kafka?: number };
};

/** Kafka: TILL_BENCH_KAFKA_BROKERS, else a broker started for the time of the measurement. */
export async function openKafka(log: (line: string) => void): Promise<Kafka> {
  const brokers = process.env.TILL_BENCH_KAFKA_BROKERS;
  if (brokers) return { brokers, processes: {}, [Symbol.asyncDispose]: async () => {} };
  log("starting Kafka");
  const stack: Stack<"kafka"> = await startStack({ servers: ["kafka"], log });
  const kafka = childNamed("java");
  return {
    brokers: stack.kafka.brokers,
    processes: { ...(kafka && { kafka }) },
    [Symbol.asyncDispose]: stack.stop,
  };
}
