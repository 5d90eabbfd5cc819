import { httpConnections } from "./http-connections.ts";
import { generateLoad, type LoadResult, type Pace } from "./generate.ts";
import { tellBench, tellResult } from "./tell-bench.ts";

/** What is handed to a load process of HTTP/1.1 as its one argument, as JSON. */
export type HttpLoadOrder = {
  readonly port: number;
  readonly token: string;
  readonly path: string;
  /** Where the calls come from, in equal parts. */
  readonly addresses: readonly string[];
  readonly connectionsPerAddress: number;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

export type HttpLoadResult = LoadResult & {
  /** The calls by the status of their response, or by why they have none. */
  readonly outcomes: Readonly<Record<string, number>>;
};

const order = JSON.parse(process.argv[2]!) as HttpLoadOrder;
const { port, token, path, addresses, connectionsPerAddress: most, ...rest } = order;
const outcomes = new Map<string, number>();
const request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n\r\n`,
);
const result = await generateLoad({
  ...rest,
  open: ({ onResponse }) =>
    Promise.resolve(
      addresses.map((localAddress) =>
        httpConnections({ port, localAddress, most, request, outcomes, onResponse }),
      ),
    ),
  onWindow: (window) => tellBench({ window }),
});
tellResult({ ...result, outcomes: Object.fromEntries(outcomes) } satisfies HttpLoadResult);
