import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { freePort } from "@till/embedded-postgres/free-port";
import { claimPort } from "./claim-port.ts";
import { kafkaJars } from "./kafka-jars.ts";
import { saslListener, type SaslListener } from "./kafka-sasl.ts";
import { takesRecords } from "./kafka-ready.ts";
import type { StackServer, StartOptions } from "./stack-server.ts";
import { serverProcess } from "./server-process.ts";
import { versionOf } from "./version-of.ts";

export type KafkaServer = StackServer & {
  readonly brokers: string;
  /** Over TLS with SASL, where the stack has it. */
  readonly sasl: { readonly brokers: string; readonly user: string; readonly password: string } | undefined;
};

/** Fetches the broker's jars when they are not here yet, so that what is missing for that shows now. */
export async function kafkaIsMissing(log: (line: string) => void): Promise<string | undefined> {
  const java = await versionOf("java", "-version");
  if (java === undefined || java < 17)
    return `Java 17 or later is not on the PATH (Debian: apt-get install default-jre-headless)`;
  return kafkaJars(log).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Apache Kafka, one node that is broker and controller. */
export async function startKafka({ folder, port: wanted, tls, log }: StartOptions): Promise<KafkaServer> {
  const classPath = join(await kafkaJars(log), "*");
  const port = await claimPort("Kafka", wanted);
  const data = join(folder, "kafka");
  const properties = join(folder, "kafka.properties");
  await mkdir(data, { mode: 0o700 });
  const sasl = tls && (await saslListener(folder, await freePort(), tls));
  const controllerPort = await freePort();
  await writeFile(properties, brokerProperties({ port, controllerPort, data, sasl }), { mode: 0o600 });
  await promisify(execFile)("java", [
    "-XX:TieredStopAtLevel=1",
    ...["-cp", classPath, "kafka.tools.StorageTool", "format"],
    ...["--cluster-id", "till-stack-0000000000w", "--config", properties],
    ...(sasl?.formatArguments ?? []),
  ]);

  const brokers = `127.0.0.1:${port}`;
  const server = serverProcess({
    name: "Kafka",
    command: "java",
    args: [
      ...["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"],
      // The optimizing compiler takes half of a young broker's processor time, and a local one stays young.
      "-XX:TieredStopAtLevel=1",
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
      ...["-cp", classPath, "kafka.Kafka", properties],
    ],
    folder,
    whenReady: () => takesRecords(port),
    log,
  });
  await server.start();
  const { start, stop, kill } = server;
  const overTls = sasl && { brokers: `localhost:${sasl.port}`, user: sasl.user, password: sasl.password };
  return { port, brokers, sasl: overTls, start, stop, discard: kill };
}

type Broker = {
  readonly port: number;
  readonly controllerPort: number;
  readonly data: string;
  readonly sasl: SaslListener | undefined;
};

function brokerProperties({ sasl, ...at }: Broker): string {
  const listeners = sasl ? `,SASL_SSL://127.0.0.1:${sasl.port}` : "";
  const advertised = sasl ? `,SASL_SSL://localhost:${sasl.port}` : "";
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${at.controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}${listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:${at.port}${advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs=${at.data}
num.partitions=6
# One node cannot replicate.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Few partitions to load before the first group can join, and no wait for more members.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
${sasl?.properties ?? ""}
`;
}
