/** A running server of the stack. It keeps its port and its data over stop and start. */
export type Part = {
  readonly port: number;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends it as quickly as can be, for good. */
  readonly discard: () => Promise<void>;
};

export type Start = {
  /** The stack's own; each part has a folder of its name in it. */
  readonly folder: string;
  readonly port: number | undefined;
  readonly log: (line: string) => void;
};

/** Says what is being waited for once that has taken two seconds. */
export async function sayIfSlow<Value>(
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
