/** What the signals of a process look like from here: the part of Node's `process` that is needed. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * Aborts the returned signal when the process is asked to stop: by Ctrl-C, SIGTERM, or SIGHUP because its terminal was
 * closed. Only the first time: a second SIGINT or SIGTERM, whichever, ends the process the ordinary way, at once. The
 * ledger stands that. SIGHUP is no such impatience: shell and kernel both send one when a terminal is closed.
 *
 * `nohup` is respected. It has SIGHUP ignored when the process starts, but Node sets all signals back to what they were
 * meant for (measured with Node 24: a program under nohup ends with 129), and tells nobody what it found. What can be
 * seen is the other thing nohup does: none of standard input, output and error is a terminal. A process of which that is
 * true has been taken off its terminal on purpose, be it by nohup, cron, systemd or a redirection; there SIGHUP means
 * nothing.
 *
 * @param attached whether any of the three is a terminal
 */
export function stopSignals(source: SignalSource, { attached }: { readonly attached: boolean }): AbortSignal {
  const interruption = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const interrupt = (): void => {
    for (const signal of signals) source.removeListener(signal, interrupt);
    interruption.abort();
  };
  for (const signal of signals) source.on(signal, interrupt);
  source.on("SIGHUP", () => {
    if (attached && !interruption.signal.aborted) interrupt();
  });
  return interruption.signal;
}
