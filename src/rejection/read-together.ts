/**
 * Hands every item of a stream to several readers, one after the other, so that it is made only once and nothing is kept:
 * the next item is fetched when all of them have asked for it. A reader that wants no more of them does not hold up the
 * others. Resolves when all readers have; throws what the first of them in the list threw that failed, when all are through.
 */
export async function readTogether<T>(
  items: AsyncIterable<T>,
  readers: readonly ((items: AsyncIterable<T>) => Promise<unknown>)[],
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let waiting: PromiseWithResolvers<IteratorResult<T>>[] = [];
  let reading = readers.length;
  const fetchWhenAllAsked = (): void => {
    if (waiting.length === 0 || waiting.length < reading) return;
    const asked = waiting;
    waiting = [];
    iterator.next().then(
      (result) => {
        for (const { resolve } of asked) resolve(result);
      },
      (thrown: unknown) => {
        for (const { reject } of asked) reject(thrown);
      },
    );
  };
  const ended = await Promise.allSettled(
    readers.map(async (read) => {
      let reads = true;
      const stop = (): void => {
        if (reads) reading--;
        reads = false;
        fetchWhenAllAsked();
      };
      const next = (): Promise<IteratorResult<T>> => {
        const asked = Promise.withResolvers<IteratorResult<T>>();
        waiting.push(asked);
        fetchWhenAllAsked();
        return asked.promise;
      };
      const branch: AsyncIterator<T> = {
        next,
        return: () => {
          stop();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
      try {
        await read({ [Symbol.asyncIterator]: () => branch });
      } finally {
        stop();
      }
    }),
  );
  await iterator.return?.();
  for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
}

/** A stream that may be opened several times: the first time it is the given one. */
export function firstThen<T>(first: AsyncIterable<T>, again: () => AsyncIterable<T>): () => AsyncIterable<T> {
  let opened = false;
  return () => {
    if (opened) return again();
    opened = true;
    return first;
  };
}
