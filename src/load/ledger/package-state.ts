/**
 * The life of one package.
 *
 *     built ──────► uploaded ──────► importing ──────► executing ──────► collecting ──────► done
 *       │  ◄──────────┘ │              │    ▲              │                 │
 *       │               │              ▼    │              │                 └──────► failed
 *       │               │           in doubt ──────────────┘
 *       ├──► unprocessed│              │
 *       └──► failed ◄───┴──────────────┘
 *
 * - **built**: the zip is on disk under its name, synced, and hashed. (A package enters the ledger here; a
 *   crash before leaves no trace but a `.partial` file.)
 * - **uploaded**: the blob store has it. Its address carries a secret and is not kept, so a run that resumes
 *   here goes back to built and uploads again; the blob that nobody imports ends after seven days.
 * - **importing**: the intent. Written, and durable, before ImportFromPackage is sent.
 * - **in doubt**: importing was written, but no answer says whether F&O took it. Left only by asking F&O.
 * - **executing**: F&O knows the execution id. From here on nothing is ever sent for this package again.
 * - **collecting**: F&O's status is final; error channels are being read.
 * - **done**: every record of it is accounted for. It may have rejections.
 * - **failed**: F&O refused the package as a whole; its records are unprocessed.
 * - **unprocessed**: never sent, because something it depends on failed.
 */
export const packageStates = [
  "built",
  "uploaded",
  "importing",
  "in doubt",
  "executing",
  "collecting",
  "done",
  "failed",
  "unprocessed",
] as const;

export type PackageState = (typeof packageStates)[number];

const legal: Readonly<Record<PackageState, readonly PackageState[]>> = {
  built: ["uploaded", "failed", "unprocessed"],
  uploaded: ["importing", "built", "failed"],
  importing: ["executing", "in doubt", "failed", "uploaded"],
  "in doubt": ["executing", "importing", "failed"],
  executing: ["collecting"],
  collecting: ["done", "failed"],
  done: [],
  failed: [],
  unprocessed: [],
};

/** Whether the ledger may record this step. */
export function isLegalTransition(from: PackageState, to: PackageState): boolean {
  return legal[from].includes(to);
}

/** Whether nothing more will happen to a package in this state. */
export function isFinal(state: PackageState): boolean {
  return legal[state].length === 0;
}
