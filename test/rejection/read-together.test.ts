import { describe, expect, test } from "vitest";
import { firstThen, readTogether } from "../../src/rejection/read-together.ts";

/** 1, 2, 3 …; `made` says how many were asked for, and whether the stream was closed. */
function numbers(count: number, made: { asked: number; closed: boolean }): AsyncIterable<number> {
  return (async function* () {
    try {
      for (let number = 1; number <= count; number++) {
        made.asked++;
        yield await Promise.resolve(number);
      }
    } finally {
      made.closed = true;
    }
  })();
}

async function taken(items: AsyncIterable<number>, most = Infinity): Promise<number[]> {
  const all: number[] = [];
  for await (const item of items) if (all.push(item) >= most) break;
  return all;
}

describe("a stream that several read together", () => {
  test("comes to each of them whole and is made once, no faster than the slowest asks", async () => {
    const made = { asked: 0, closed: false };
    const heard: number[][] = [];
    let ahead = 0;
    await readTogether(numbers(50, made), [
      async (items) => heard.push(await taken(items)),
      async (items) => {
        for await (const item of items) ahead = Math.max(ahead, made.asked - item);
      },
    ]);
    expect(heard).toEqual([Array.from({ length: 50 }, (_, index) => index + 1)]);
    expect(made).toEqual({ asked: 50, closed: true });
    expect(ahead).toBe(0);
  });

  test("goes on for the others when one has enough, never begins, or still has other work to do", async () => {
    const made = { asked: 0, closed: false };
    const lengths: number[] = [];
    const others = Promise.withResolvers<undefined>();
    await readTogether(numbers(20, made), [
      async (items) => {
        lengths.push((await taken(items, 3)).length);
        await others.promise;
      },
      () => Promise.resolve(),
      async (items) => {
        lengths.push((await taken(items)).length);
        others.resolve(undefined);
      },
    ]);
    expect(lengths).toEqual([3, 20]);
  });

  test("is closed where nobody reads to its end", async () => {
    const made = { asked: 0, closed: false };
    await readTogether(numbers(20, made), [(items) => taken(items, 2), (items) => taken(items, 4)]);
    expect(made).toEqual({ asked: 4, closed: true });
  });

  test("throws what a reader threw, after the others are through, and what the stream threw", async () => {
    const made = { asked: 0, closed: false };
    let through = 0;
    const failing = readTogether(numbers(9, made), [
      async (items) => {
        await taken(items, 1);
        throw new RangeError("enough");
      },
      async (items) => (through = (await taken(items)).length),
    ]);
    await expect(failing).rejects.toThrow("enough");
    expect(through).toBe(9);
    const broken = (async function* () {
      yield await Promise.resolve(1);
      throw new RangeError("unreadable");
    })();
    await expect(readTogether(broken, [taken, taken])).rejects.toThrow("unreadable");
  });
});

test("a stream that is opened again is made again", async () => {
  const made = { asked: 0, closed: false };
  const open = firstThen(numbers(2, made), () => numbers(3, made));
  expect([await taken(open()), await taken(open()), await taken(open())]).toEqual([
    [1, 2],
    [1, 2, 3],
    [1, 2, 3],
  ]);
});
