import path from "node:path";
import { slug } from "../sequence/slug.ts";

/** A file a project begins with. */
export interface ScaffoldFile {
  /** Relative to the project's root. */
  readonly file: string;
  readonly content: string;
  /** What it is for, in a few words. */
  readonly what: string;
}

/** The files a project begins with; its name is that of its folder. */
export function scaffold(root: string): readonly ScaffoldFile[] {
  const name = slug(path.basename(root), "migration").slice(0, 30);
  return [
    { file: "mappings/project.yaml", content: projectFile(name), what: "what is loaded, and where to" },
    { file: "mappings/lookups/README.md", content: lookupNote, what: "old codes and new ones go here" },
    { file: "extracts/README.md", content: extractNote, what: "extracts of the old system go here" },
    { file: ".gitignore", content: ignored, what: "keeps runs and their records out of git" },
  ];
}

function projectFile(name: string): string {
  return `# yaml-language-server: $schema=../.dmfpipe/schema/project.schema.json
project: ${name}

# One mapping for each entity, in any order: dmfpipe finds out itself what has to be loaded first.
# dmfpipe init mapping "Vendors V2" extracts/vendors.csv --add proposes one and adds it here.
entities: []

environments:
  # The F&O sandbox that comes with dmfpipe: nothing to install, nothing to register.
  sandbox:
    kind: sandbox

  # A real environment. \${NAMES} are taken from the variables of the process: secrets stand in no file.
  # uat:
  #   url: https://contoso-uat.sandbox.operations.dynamics.com
  #   tenant: contoso.onmicrosoft.com
  #   auth:
  #     kind: client-secret
  #     clientId: \${FNO_CLIENT_ID}
  #     clientSecret: \${FNO_CLIENT_SECRET}
  #   # The legal entities dmfpipe may write to; it refuses all others.
  #   writes: [USMF]

defaults:
  environment: sandbox
  # The legal entity of mappings that name none.
  # legalEntity: USMF
`;
}

const lookupNote = `# Lookups

A lookup says what an old code is called in F&O: \`payment-terms.csv\` with the header \`from,to\` (and \`comment\`, if
you like), one line a code.

    from,to,comment
    NT30,Net30,30 days net

A mapping uses it by its name: \`DEFAULTPAYMENTTERMSNAME: ZTERM | lookup(payment-terms)\`.
`;

const extractNote = `# Extracts

Put the extracts of the old system here, CSV or XML. A mapping names its source relative to the project's folder:
\`source: { file: extracts/vendors.csv, delimiter: ";" }\`. They may lie elsewhere too: then name the folder under
\`sourceRoots\` in mappings/project.yaml.
`;

const ignored = `# Runs of dmfpipe: packages, rejections, the ledger.
.dmfpipe/
# Extracts hold the data of your business; remove these lines only if they may be in git.
extracts/*
!extracts/README.md
`;
