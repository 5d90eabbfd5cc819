/** What a process needs to serve calls and may be without for a while. Health and GET /readyz follow it. */
export type Readiness = {
  /** Reports whether a dependency, such as "postgres", is there. */
  readonly set: (dependency: string, isReady: boolean) => void;
  /** The dependencies that are missing. */
  readonly missing: () => readonly string[];
  /** Calls the listener at each change. */
  readonly onChange: (listener: () => void) => void;
};

/** Creates the readiness of a process to which nothing is missing. */
export function createReadiness(): Readiness {
  const missing = new Set<string>();
  const listeners: (() => void)[] = [];
  return {
    set(dependency, isReady) {
      if (isReady) missing.delete(dependency);
      else missing.add(dependency);
      for (const listener of listeners) listener();
    },
    missing: () => [...missing],
    onChange: (listener) => void listeners.push(listener),
  };
}
