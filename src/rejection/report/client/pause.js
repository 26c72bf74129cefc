/** Lets the browser do what is waiting (paint, react to keys), then goes on. */
export function pause() {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve(undefined);
    };
    channel.port2.postMessage(undefined);
  });
}

/** Pauses when the work since the last pause took longer than a frame or so. */
export class Breather {
  #since = performance.now();

  get due() {
    return performance.now() - this.#since > 12;
  }

  async breathe() {
    await pause();
    this.#since = performance.now();
  }
}
