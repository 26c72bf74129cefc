/**
 * The exit codes users script against. Changing one is a breaking change.
 * `docs/errors.md` says which coded error leads to which of them.
 *
 * Nothing was sent with `usage` and `source`, except with `sending: whileBuilding`: there entities that were read before
 * the trouble was found may be in F&O, and the message names their packages.
 */
export const ExitCode = {
  /** Every record was loaded, or `check` found nothing. */
  ok: 0,
  /** A defect of dmfpipe itself. */
  bug: 1,
  /** Usage, configuration or mapping error; as a rule nothing was sent. */
  usage: 2,
  /** A source is unreadable or invalid as a whole; as a rule nothing was sent. */
  source: 3,
  /** Finished; some records were rejected. */
  rejections: 4,
  /** Temporary failure; `resume` is safe. */
  temporary: 5,
  /** Refused by the environment for good: credentials, role, unknown entity. */
  refused: 6,
  /** In doubt: `resume` asks the environment first, or a person must look. */
  inDoubt: 7,
  /** Interrupted or deadline reached; resumable. */
  interrupted: 8,
  /** There was nothing to do. */
  nothingToDo: 9,
  /** Another run holds the lock. */
  locked: 10,
  /** The counts do not balance. */
  unbalanced: 11,
  /** Stopped by the error budget. */
  errorBudget: 12,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
