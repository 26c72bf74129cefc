import { ExitCode } from "./exit-code.ts";

/** What a person needs to know about one code. `docs/errors.md` is rendered from this table. */
export interface CodeEntry {
  /** One short sentence in plain words. */
  readonly title: string;
  /** What to do about it, in general; a message may say something more exact. */
  readonly next: string;
}

/** An error that stops a command. */
export interface ErrorEntry extends CodeEntry {
  readonly exitCode: ExitCode;
  /** Whether the same command may simply be given again: `never`, `later`, or `ask first` (the environment). */
  readonly retry: "never" | "later" | "ask first";
}

const never = { retry: "never" } as const;
const later = { retry: "later" } as const;
const askFirst = { retry: "ask first" } as const;

/** Errors that stop a command, by code. Order: as a run meets them. */
export const errorRegistry = {
  "DMFP-BUG": {
    ...never,
    exitCode: ExitCode.bug,
    title: "Something happened that dmfpipe does not expect: a defect of dmfpipe.",
    next: "Report it with the log of the run; nothing in your data needs to be changed.",
  },
  "DMFP-USAGE": {
    ...never,
    exitCode: ExitCode.usage,
    title: "The command line cannot be understood.",
    next: "Look at the command's --help.",
  },
  "DMFP-PROJECT-MISSING": {
    ...never,
    exitCode: ExitCode.usage,
    title: "There is no mappings/project.yaml here.",
    next: "Change into the project's folder, or name the file with --project.",
  },
  "DMFP-PROJECT-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "project.yaml does not say what it has to say.",
    next: "Correct the line that is named.",
  },
  "DMFP-PATH-OUTSIDE": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A path in the configuration leads outside the project.",
    next: "Move the file into the project, or add its folder to sourceRoots in project.yaml.",
  },
  "DMFP-SECRET-MISSING": {
    ...never,
    exitCode: ExitCode.usage,
    title: "project.yaml names an environment variable that is not set.",
    next: "Set the variable in the shell, the service unit or the crontab that starts dmfpipe.",
  },
  "DMFP-ENVIRONMENT-UNKNOWN": {
    ...never,
    exitCode: ExitCode.usage,
    title: "project.yaml has no environment of that name.",
    next: "Use one of the environments it names, or add this one.",
  },
  "DMFP-COMPANY-NOT-WRITABLE": {
    ...never,
    exitCode: ExitCode.usage,
    title: "Records are meant for a legal entity that dmfpipe may not write to in this environment.",
    next: "Correct the mapping's legalEntity, or add the legal entity to the environment's writes list.",
  },
  "DMFP-MAPPING-MISSING": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping that project.yaml lists does not exist.",
    next: "Correct the name under entities, or write the mapping.",
  },
  "DMFP-MAPPING-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping does not say what it has to say.",
    next: "Correct the line that is named.",
  },
  "DMFP-MAPPING-ENTITY": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping names an entity the catalogue does not know.",
    next: "Use the entity's DMF label exactly as the Data management workspace shows it.",
  },
  "DMFP-MAPPING-FIELD": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping fills a field the entity does not have.",
    next: "Correct the field's name: upper case, as in the entity's staging table.",
  },
  "DMFP-MAPPING-COLUMN": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping reads a column the source does not have.",
    next: "Correct the column's name in the mapping, or ask the sender why the extract lost it.",
  },
  "DMFP-MAPPING-EXPRESSION": {
    ...never,
    exitCode: ExitCode.usage,
    title: "An expression of a mapping cannot be understood.",
    next: "Correct the expression at the line and column that are named.",
  },
  "DMFP-SCHEMA-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "The project's entity schemas (schema.json or schema-overrides.yaml) cannot be used.",
    next: "Correct the line that is named; docs/schema.md shows what may stand there.",
  },
  "DMFP-MESSAGES-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "mappings/messages.yaml (rules for what F&O says) cannot be used.",
    next: "Correct the line that is named; docs/rejections.md shows what may stand there.",
  },
  "DMFP-LOOKUP-MISSING": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A mapping uses a lookup that has no file in mappings/lookups.",
    next: "Write the lookup file, or correct its name.",
  },
  "DMFP-LOOKUP-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A lookup file cannot be used.",
    next: "Correct the line that is named.",
  },
  "DMFP-JOIN-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A second source that a mapping joins cannot be used.",
    next: "Correct the join in the mapping, or the extract it reads.",
  },
  "DMFP-MODULE-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A module that a mapping takes a step from cannot be used.",
    next: "Correct the path or the name in the mapping, or the module.",
  },
  "DMFP-SEQUENCE-CIRCLE": {
    ...never,
    exitCode: ExitCode.usage,
    title: "Entities depend on each other in a circle, so there is no order to load them in.",
    next: "Hold the fields that close the circle back with twoPass, or remove one of the dependsOn entries the message lists.",
  },
  "DMFP-SOURCE-MISSING": {
    ...never,
    exitCode: ExitCode.source,
    title: "A source file does not exist or cannot be opened.",
    next: "Put the extract in place, or correct source.file in the mapping.",
  },
  "DMFP-SOURCE-EMPTY": {
    ...never,
    exitCode: ExitCode.source,
    title: "A source file is empty: it has not even a header.",
    next: "Ask for a new extract. One without records is fine as long as it has its header.",
  },
  "DMFP-SOURCE-HEADER": {
    ...never,
    exitCode: ExitCode.source,
    title: "The header of a source file cannot be used.",
    next: "Correct the header: every column has a name, and no name comes twice.",
  },
  "DMFP-SOURCE-INVALID": {
    ...never,
    exitCode: ExitCode.source,
    title: "A source file is invalid as a whole: cut off, not well-formed, or in another encoding.",
    next: "Ask for a new extract; the message says where reading had to stop.",
  },
  "DMFP-SOURCE-DECLARED": {
    ...never,
    exitCode: ExitCode.source,
    title: "The numbers the sender declared are not those that were read.",
    next: "Ask the sender which is right, the extract or the declared numbers.",
  },
  "DMFP-DOCUMENT-TORN": {
    ...never,
    exitCode: ExitCode.source,
    title: "Records of one document are scattered over the source, and would go into several packages.",
    next: "Sort the extract by the document's number, or allow it by taking keepTogether out of the mapping.",
  },
  "DMFP-SOURCE-CHANGED": {
    ...never,
    exitCode: ExitCode.source,
    title: "A source file was changed while it was read, or since the run began.",
    next: "Start a new run once the extract is complete.",
  },
  "DMFP-NO-RECORD": {
    ...never,
    exitCode: ExitCode.usage,
    title: "There is no record at this place of a source.",
    next: "Name a line as an editor counts them, the header being a line too: dmfpipe explain samples/vendors.csv:12",
  },
  "DMFP-RUN-UNKNOWN": {
    ...never,
    exitCode: ExitCode.usage,
    title: "There is no run of that id.",
    next: "List the runs with: dmfpipe runs",
  },
  "DMFP-RUN-PURGED": {
    ...never,
    exitCode: ExitCode.nothingToDo,
    title: "What the run left on disk was removed, because it was old enough.",
    next: "Look at a later run: dmfpipe runs lists them. keep in project.yaml says how long they are kept.",
  },
  "DMFP-RUN-CHANGED": {
    ...never,
    exitCode: ExitCode.usage,
    title: "The run cannot go on: its mapping, project, schemas or dmfpipe itself changed since it began.",
    next: "Restore what changed and resume, or start a new run with: dmfpipe load",
  },
  "DMFP-CORRECTED-FILE": {
    ...never,
    exitCode: ExitCode.source,
    title: "A corrected file cannot be taken as it is; nothing was sent.",
    next: "Correct what is named in the file, and give it again. docs/resubmit.md says what a spreadsheet may do to it.",
  },
  "DMFP-RESUBMIT-OPEN": {
    ...later,
    exitCode: ExitCode.usage,
    title:
      "Rejected records can be loaded again only when the run that rejected or resubmitted them is over.",
    next: "Go on with: dmfpipe resume",
  },
  "DMFP-SNAPSHOT-INVALID": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A snapshot of the environment cannot be read.",
    next: "Take it anew with: dmfpipe snapshot",
  },
  "DMFP-RUN-FILE": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A file of a run is missing, cut off or was changed by hand.",
    next: "Restore the run's folder from a backup, or load again.",
  },
  "DMFP-PACKAGE-UNREADABLE": {
    ...never,
    exitCode: ExitCode.source,
    title: "A package cannot be read: it is no zip, damaged, not a data package, or built to do harm.",
    next: "Export or download the package again; judge it with: dmfpipe lint <package.zip>",
  },
  "DMFP-LEDGER-NEWER": {
    ...never,
    exitCode: ExitCode.usage,
    title: "The ledger was written by a newer dmfpipe.",
    next: "Use that version or a later one; this one leaves the ledger alone.",
  },
  "DMFP-NOTHING-TO-DO": {
    ...never,
    exitCode: ExitCode.nothingToDo,
    title: "There is nothing to do.",
    next: "Nothing.",
  },
  "DMFP-LOCKED": {
    ...later,
    exitCode: ExitCode.locked,
    title: "Another run holds the lock of this environment.",
    next: "Wait for it to end; see what it does with: dmfpipe status",
  },
  "DMFP-ERROR-BUDGET": {
    ...never,
    exitCode: ExitCode.errorBudget,
    title: "More records were rejected than the error budget allows.",
    next: "Read the report, correct the source or the set-up, and load again.",
  },
  "DMFP-FILE-EXISTS": {
    ...never,
    exitCode: ExitCode.usage,
    title: "A file that would be written is there already, and dmfpipe overwrites nothing unasked.",
    next: "Name another file, or overwrite this one with --force.",
  },
  "DMFP-FILE-WRITE": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "A file of the run could not be written.",
    next: "Make room on the disk, or correct the folder's permissions, then: dmfpipe resume",
  },
  "DMFP-HOST-UNREACHABLE": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "A host cannot be reached.",
    next: "Check the address, the network and the proxy, then: dmfpipe resume",
  },
  "DMFP-TLS-REFUSED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The certificate of a host is not accepted.",
    next: "Find out which authority is missing with: dmfpipe doctor",
  },
  "DMFP-COMPANY-UNKNOWN": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment does not have a legal entity that dmfpipe may write to.",
    next: "Correct writes of the environment in project.yaml, or create the legal entity in the environment.",
  },
  "DMFP-HTTP-TEMPORARY": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "The environment kept answering with a temporary failure.",
    next: "Wait until the environment is well again, then: dmfpipe resume",
  },
  "DMFP-HTTP-ANSWER": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "The environment gave an answer that is not of the documented shape.",
    next: "Look at the log of the run. A page in HTML often is a proxy's or a sign-in page.",
  },
  "DMFP-HTTP-REFUSED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment refused a request for good.",
    next: "Read the environment's own words in the message.",
  },
  "DMFP-AUTH-REFUSED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "Microsoft Entra (or AD FS) gave no token.",
    next: "Check tenant, client id and secret of the environment in project.yaml.",
  },
  "DMFP-CREDENTIAL": {
    ...never,
    exitCode: ExitCode.usage,
    title:
      "What this machine is to sign in with cannot be used: a certificate, a token file, an identity, the Azure CLI.",
    next: "Correct auth of the environment in project.yaml, or the file or program it names.",
  },
  "DMFP-AUTH-NOT-REGISTERED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment does not accept the token.",
    next: "Register the client id under System administration > Setup > Microsoft Entra applications.",
  },
  "DMFP-AUTH-ROLE": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The user behind the application may not do this.",
    next: "Give that user the role Data management operations user and the privileges of the entities.",
  },
  "DMFP-ENTITY-UNKNOWN": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment does not have the entity.",
    next: "Check the DMF label and the language of the environment; refresh the entity list there.",
  },
  "DMFP-PACKAGE-REFUSED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment refused a package as a whole; none of its records was loaded.",
    next: "Read the environment's own words in the message and in the run's Job history.",
  },
  "DMFP-EXPORT-FAILED": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment did not export the data project.",
    next: "Read the environment's own words in the message and in its Job history.",
  },
  "DMFP-DATA-PROJECT": {
    ...later,
    exitCode: ExitCode.refused,
    title: "The environment does not tell, or refuses to make, the data project that a package needs.",
    next: "Create the data project by hand, with the name and the entity in the message; then give: dmfpipe resume",
  },
  "DMFP-BLOB-HOST": {
    ...never,
    exitCode: ExitCode.refused,
    title: "The environment names an upload address on a host that is not allowed.",
    next: "If the host is right, add it to blobHosts of the environment in project.yaml.",
  },
  "DMFP-BLOB-REFUSED": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "The blob store refused the upload of a package.",
    next: "Go on with: dmfpipe resume (it asks for a new upload address).",
  },
  "DMFP-IN-DOUBT": {
    ...askFirst,
    exitCode: ExitCode.inDoubt,
    title: "A package was sent, but it is not known whether the environment accepted it.",
    next: "Go on with: dmfpipe resume (it asks the environment before it sends anything again).",
  },
  "DMFP-RUN-OPEN": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "A load cannot be given up, because F&O still works, or may work, on a package of it.",
    next: "Wait until F&O is done with it, or delete the execution from its Job history; then give it up again.",
  },
  "DMFP-POLL-DEADLINE": {
    ...later,
    exitCode: ExitCode.interrupted,
    title:
      "The environment had not finished a package when the deadline was reached; it is still running there.",
    next: "Go on later with: dmfpipe resume",
  },
  "DMFP-DEADLINE": {
    ...later,
    exitCode: ExitCode.interrupted,
    title: "The load had to be over by now, and is not; what was begun is in F&O, the rest was not sent.",
    next: "Go on when the environment is free again, with: dmfpipe resume",
  },
  "DMFP-CANARY": {
    ...never,
    exitCode: ExitCode.errorBudget,
    title: "F&O rejected too many of the first records of an entity, so the rest was not sent.",
    next: "Read the report. When the set-up in F&O is corrected: dmfpipe resume --despite-rejections. When the mapping or the source has to change: dmfpipe load",
  },
  "DMFP-ENVIRONMENT-BUDGET": {
    ...never,
    exitCode: ExitCode.errorBudget,
    title: "F&O rejected more records of an entity than the budget allows, so the rest was not sent.",
    next: "Read the report. When the set-up in F&O is corrected: dmfpipe resume --despite-rejections. When the mapping or the source has to change: dmfpipe load",
  },
  "DMFP-INTERRUPTED": {
    ...later,
    exitCode: ExitCode.interrupted,
    title: "The run was interrupted.",
    next: "Run the same command again; where a load was begun: dmfpipe resume",
  },
  "DMFP-SANDBOX-SETUP": {
    ...never,
    exitCode: ExitCode.usage,
    title: "The set-up file or the settings of the sandbox cannot be used.",
    next: "Correct what the message names; docs/sandbox.md shows the file.",
  },
  "DMFP-SANDBOX-START": {
    ...later,
    exitCode: ExitCode.temporary,
    title: "The sandbox cannot start.",
    next: "Check that no other sandbox uses the same folder or port, then start it again.",
  },
  "DMFP-UNBALANCED": {
    ...never,
    exitCode: ExitCode.unbalanced,
    title: "The counts do not balance: some records cannot be accounted for.",
    next: "Open the report; the entity in red says which equation does not close.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** Reasons why one record is rejected, by code. A rejection is a value, never an exception. */
export const reasonRegistry = {
  "DMFP-ROW-COLUMNS": {
    title: "The line has more or fewer fields than the header.",
    next: "Look for a delimiter inside a value, or a line break that cut the line in two.",
  },
  "DMFP-ROW-QUOTE": {
    title: "The quotes of the line do not match.",
    next: "Double a quote that belongs to the value, and close the one that was opened.",
  },
  "DMFP-ROW-ENCODING": {
    title: "The line has bytes that are no text in the source's encoding.",
    next: "Correct the encoding in the mapping, or ask for the extract in that encoding.",
  },
  "DMFP-ROW-REPEATED": {
    title: "An element occurs several times where the mapping takes one.",
    next: "Say which one is meant in the mapping's path, for example Phone[1].",
  },
  "DMFP-ROW-TOO-LARGE": {
    title: "The record is larger than a record may be.",
    next: "Look for an unclosed quote or element before it, or raise limits.recordBytes.",
  },
  "DMFP-MAP-LOOKUP": {
    title: "The lookup has no entry for the value.",
    next: "Add the value to the lookup file, or correct it in the source.",
  },
  "DMFP-MAP-VALUE": {
    title: "The mapping does not know the value.",
    next: "Add the value to the map(...) step, or correct it in the source.",
  },
  "DMFP-MAP-JOIN": {
    title: "The second source has no record that belongs to this one.",
    next: "Complete the second extract, or write missing: empty into the join of the mapping.",
  },
  "DMFP-MAP-RULE": {
    title: "A rule of the mapping refuses the record.",
    next: "Correct the record in the source as the message says.",
  },
  "DMFP-MAP-MODULE": {
    title: "A module of the project could not work on the value.",
    next: "Look at the value and at the module that the mapping names.",
  },
  "DMFP-MAP-DATE": {
    title: "The value is not a date of the expected form.",
    next: "Correct the date in the source.",
  },
  "DMFP-MAP-NUMBER": {
    title: "The value is not a number of the expected form.",
    next: "Correct the number in the source.",
  },
  "DMFP-MAP-COMPANY": {
    title: "The record belongs to no legal entity.",
    next: "Fill the company in the source, or add it to the mapping's legalEntity.",
  },
  "DMFP-VALUE-MISSING": {
    title: "A value that must be filled in is empty.",
    next: "Fill in the value.",
  },
  "DMFP-VALUE-LENGTH": {
    title: "The value is longer than the field.",
    next: "Shorten the value.",
  },
  "DMFP-VALUE-ENUM": {
    title: "The value is none of those the field knows.",
    next: "Use one of the values the message lists.",
  },
  "DMFP-VALUE-NUMBER": {
    title: "The field holds numbers, the value is none.",
    next: "Correct the value, or convert it in the mapping with decimal(...).",
  },
  "DMFP-VALUE-DATE": {
    title: "The field holds dates, the value is none.",
    next: "Correct the value, or convert it in the mapping with date(...).",
  },
  "DMFP-VALUE-CHARACTER": {
    title: "The value has a character that cannot be sent in the package's format.",
    next: "Remove the character from the source.",
  },
  "DMFP-FORMAT-QUALIFIER": {
    title: "The value has a quote, and nobody promises that F&O reads it right in a text file.",
    next: "Load the entity as XML, or take the quote out in the source or in the mapping.",
  },
  "DMFP-FORMAT-LINE-BREAK": {
    title: "The value has a line break, and nobody promises that F&O reads it right in a text file.",
    next: "Load the entity as XML, or take the line break out in the source or in the mapping.",
  },
  "DMFP-FORMAT-CHARACTER": {
    title: "The value has a tab or a control character that the format does not promise to carry.",
    next: "Take the character out in the source or in the mapping.",
  },
  "DMFP-FORMAT-LENGTH": {
    title: "The value is longer than what F&O takes from a text file; the rest would be cut off.",
    next: "Shorten the value to 32,768 characters.",
  },
  "DMFP-ATTACHMENT-MISSING": {
    title: "The record names a file that is not there.",
    next: "Put the file into the folder of the attachments, or correct the name.",
  },
  "DMFP-EXPECTATION": {
    title: "The record does not meet an expectation of the mapping.",
    next: "Correct the record in the source, or the expectation under expect in the mapping.",
  },
  "DMFP-KEY-DUPLICATE": {
    title: "An earlier record of the same source has the same key.",
    next: "Keep one of the two records. F&O would refuse the whole package otherwise.",
  },
  "DMFP-REFERENCE-REJECTED": {
    title: "The record refers to one that is rejected itself.",
    next: "Correct that record; this one is then fine.",
  },
  "DMFP-COMPOSITE-PARENT": {
    title: "The record belongs to another one, which is not loaded with it.",
    next: "Add that record to its source, correct the value, or leave this record out.",
  },
  "DMFP-COMPOSITE-AMBIGUOUS": {
    title: "Two records have the same values in the fields by which others belong to them.",
    next: "Correct one of them, or name other fields with by: in project.yaml.",
  },
  "DMFP-REFERENCE-MISSING": {
    title: "The record refers to something that neither this load nor the environment has.",
    next: "Set up what is missing in F&O, or correct the value. Is the snapshot still fresh?",
  },
  "DMFP-FNO-STAGING": {
    title: "F&O could not put the record into its staging table.",
    next: "Compare the values with the field lengths and types of the environment.",
  },
  "DMFP-FNO-REFERENCE": {
    title: "F&O does not know something the record refers to.",
    next: "Set up what is missing in F&O, or correct the value.",
  },
  "DMFP-FNO-MANDATORY": {
    title: "F&O wants a value that is empty.",
    next: "Fill in the value.",
  },
  "DMFP-FNO-DUPLICATE": {
    title: "F&O already has a record with these values, and they must be unique.",
    next: "Give the record another key, or leave it out if it is the same thing twice.",
  },
  "DMFP-FNO-TOO-LONG": {
    title: "A value is longer than F&O can store.",
    next: "Shorten the value, or map it so that it is cut on purpose.",
  },
  "DMFP-FNO-FORMAT": {
    title: "F&O cannot read a value: a number, date or text is not written as it expects.",
    next: "Correct the value, or the step of the mapping that formats it.",
  },
  "DMFP-FNO-VALUE-LIST": {
    title: "A value is none of those F&O allows, or out of its range.",
    next: "Use one of the allowed values; a lookup in the mapping can translate it.",
  },
  "DMFP-FNO-UPDATE": {
    title: "F&O does not allow this to be changed or deleted.",
    next: "Leave the field out for records that exist already, or correct the record in F&O by hand.",
  },
  "DMFP-FNO-NUMBER-SEQUENCE": {
    title: "A number sequence of F&O is missing, used up, or does not allow the number.",
    next: "Have the number sequence set up: in this company, with numbers left, and manual if the number is to be kept.",
  },
  "DMFP-FNO-POSTING": {
    title: "F&O cannot post it: a period, a posting profile or the accounting set-up stands in the way.",
    next: "Open the period or complete the posting set-up, then load the records again as they are.",
  },
  "DMFP-FNO-DIMENSION": {
    title: "A main account or financial dimension is unknown, or not allowed in this combination.",
    next: "Correct the account or dimension value, or have the account structure changed.",
  },
  "DMFP-FNO-CONFIGURATION": {
    title: "A function of F&O is not switched on or not set up for this.",
    next: "Ask an administrator to switch it on or complete the parameters, or leave the field out.",
  },
  "DMFP-FNO-WORKFLOW": {
    title: "A workflow or approval of F&O stands in the way.",
    next: "Have it approved or recalled, or the workflow switched off while data is loaded.",
  },
  "DMFP-FNO-PERMISSION": {
    title: "The user F&O runs the import for may not do this.",
    next: "Ask an administrator to give the integration user the missing role or company.",
  },
  "DMFP-FNO-TRANSIENT": {
    title: "F&O was busy: a lock, a conflict or a time-out. Nothing is wrong with the record.",
    next: "Load the record again as it is.",
  },
  "DMFP-FNO-RULE": {
    title: "A business rule of F&O refused the record.",
    next: "Correct the record as the message says.",
  },
  "DMFP-SECOND-PASS": {
    title: "The record is in F&O, but without the fields that were to be filled in the second pass.",
    next: "Correct what the other reason says; the record may be loaded again as a whole.",
  },
  "DMFP-FNO-NOISE": {
    title: "F&O said something that the project has declared to be harmless.",
    next: "Nothing; it is listed so that nobody wonders.",
  },
  "DMFP-FNO-NO-REASON": {
    title: "F&O refused the record without saying why.",
    next: "Look at the record in the staging table of the run's Job history.",
  },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof errorRegistry;
export type ReasonCode = keyof typeof reasonRegistry;
