type Position = { readonly topic: string; readonly partition: number; readonly offset: string };

export type OffsetCommits = {
  /** Takes note that a partition's records before `offset` are handled. */
  handled(position: Position): void;
  /** Drops what is not committed of partitions that the group has given to another consumer. */
  assigned(partitions: Readonly<Record<string, readonly number[]>>): void;
  /** Commits what is left. */
  close(): Promise<void>;
};

/**
 * Commits the offsets of handled records twice a second, those of all partitions together. What a crash lets Kafka
 * deliver again, the inbox knows already.
 */
export function startOffsetCommits(
  commit: (positions: Position[]) => Promise<void>,
  onFailure: (error: unknown) => void,
): OffsetCommits {
  let uncommitted = new Map<string, Position>();
  let timer: NodeJS.Timeout | undefined;

  async function commitAll(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const positions = [...uncommitted.values()];
    if (positions.length === 0) return;
    uncommitted = new Map();
    // A position that fails is not kept: the partition's next commit includes it.
    await commit(positions).catch(onFailure);
  }

  return {
    handled(position) {
      uncommitted.set(`${position.topic}/${position.partition}`, position);
      timer ??= setTimeout(() => void commitAll(), everyMs);
    },
    assigned(partitions) {
      for (const [key, { topic, partition }] of uncommitted)
        if (!partitions[topic]?.includes(partition)) uncommitted.delete(key);
    },
    close: commitAll,
  };
}

const everyMs = 500;
