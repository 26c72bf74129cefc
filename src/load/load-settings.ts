/** Patience of a load, in one place. Tests shorten it; project.yaml sets what users may want to set. */
export interface LoadSettings {
  /** First pause between two questions for a status; they grow with the time waited, up to the longest. */
  readonly firstPollMs: number;
  /** Clients in the field ask every 5 to 60 seconds; Microsoft names no interval. */
  readonly longestPollMs: number;
  /** How long one package may take in F&O before the run stops waiting. */
  readonly importDeadlineMs: number;
  /** How long after an address was given out F&O may still be told to fetch from it; it ends after half an hour. */
  readonly addressLifetimeMs: number;
  /** How many packages may be uploaded ahead of their turn. More would only let their addresses run out. */
  readonly uploadsAhead: number;
  /**
   * How long "Execution details were not found" is taken for "not there yet" when it is in doubt whether F&O
   * took the import: its batch makes the record some seconds after the call.
   */
  readonly doubtGraceMs: number;
  /** How long F&O may take to write the file of target error keys. */
  readonly keysFileMs: number;
  /** Greatest size of the messages of one execution; they go to a file, and what the disk bears is enough. */
  readonly executionErrorsBytes: number;
  /** How often an upload is tried, each time with a new address. */
  readonly uploadAttempts: number;
  /** How often an import that F&O refused because of another one at the same moment is tried. */
  readonly importAttempts: number;
}

export const defaultLoadSettings: LoadSettings = {
  firstPollMs: 250,
  longestPollMs: 60_000,
  importDeadlineMs: 12 * 60 * 60_000,
  addressLifetimeMs: 25 * 60_000,
  uploadsAhead: 2,
  doubtGraceMs: 90_000,
  keysFileMs: 10 * 60_000,
  executionErrorsBytes: 8 * 1024 ** 3,
  uploadAttempts: 3,
  importAttempts: 5,
};
