/** A topic none of whose events was wanted for so long is one of others' events. */
const unwantedForMs = 2_000;
/** How long the next fetch of such a topic waits, so that it takes few of them. */
const pauseMs = 100;

/**
 * Tells how long to wait before the next fetch of a topic. One of others' events can wait; where some are wanted, the next
 * one may be wanted, too.
 */
export function othersTopics() {
  const wantedAt = new Map<string, number>();
  return {
    pauseAfter(topic: string, wanted: number): number {
      const now = performance.now();
      if (wanted > 0 || !wantedAt.has(topic)) wantedAt.set(topic, now);
      return now - wantedAt.get(topic)! > unwantedForMs ? pauseMs : 0;
    },
  };
}
