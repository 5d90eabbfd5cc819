/** A running server of the stack. It keeps its port and its data over stop and start. */
export type StackServer = {
  readonly port: number;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends it as fast as possible, for good. */
  readonly discard: () => Promise<void>;
};

export type StartOptions = {
  /** The stack's own; each server has a folder of its name in it. */
  readonly folder: string;
  readonly port: number | undefined;
  /** Also serves TLS with these, on a port of its own where the server needs one. */
  readonly tls: StackTls | undefined;
  readonly log: (line: string) => void;
};

/** A throw-away authority's certificates, as PEM files. */
export type StackTls = {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
};

/** Logs the line if the work takes longer than two seconds. */
export async function logIfSlow<Value>(
  log: (line: string) => void,
  line: string,
  work: Promise<Value>,
): Promise<Value> {
  const timer = setTimeout(log, 2_000, line);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
