import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";

/**
 * Two entities that refer to each other, one of them also to itself: a team has a leader, who is a member of a team,
 * and a member has a mentor. No F&O has them but a sandbox with `twoPassSetup`.
 */
const entities = {
  "Own teams": {
    aotName: "OwnTeamEntity",
    odataCollection: "OwnTeams",
    fields: { CODE: { size: 4 }, NAME: { mandatory: true }, SIZE: {}, LEADER: {} },
    relations: [{ fields: ["LEADER"], entity: "Own members", targetFields: ["CODE"] }],
  },
  "Own members": {
    aotName: "OwnMemberEntity",
    odataCollection: "OwnMembers",
    fields: { CODE: { size: 4 }, NAME: {}, TEAM: {}, MENTOR: {} },
    relations: [
      { fields: ["TEAM"], entity: "Own teams", targetFields: ["CODE"] },
      { fields: ["MENTOR"], entity: "Own members", targetFields: ["CODE"] },
    ],
  },
};

/** What a sandbox has to be set up with. */
export const twoPassSetup = {
  entities: Object.entries(entities).map(([label, { fields, ...entity }]) => ({
    label,
    ...entity,
    keys: ["CODE"],
    fields: Object.entries(fields).map(([name, settings]) => ({ name, odataName: name, ...settings })),
  })),
};

const overrides = {
  entities: Object.fromEntries(
    Object.entries(entities).map(([label, { fields, ...entity }]) => [
      label,
      {
        ...entity,
        scope: "company",
        keys: ["CODE"],
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, settings]) => [name, { type: "string", ...settings }]),
        ),
      },
    ]),
  ),
};

/** T2 has a leader nobody knows; the fourth has no code and is refused before anything is sent. */
export const teams = "CODE;NAME;SIZE;LEADER\nT1;Red;2;M2\nT2;Blue;1;M9\nT3;Green;;\n;Nobody;;M1\n";

/** M3 is of a team nobody knows, so F&O refuses it, and with it who has it for a mentor. */
export const members = "CODE;NAME;TEAM;MENTOR\nM1;Ada;T1;M2\nM2;Bob;T2;\nM3;Cid;T7;M1\nM4;Dee;T3;M3\n";

export interface TwoPassProject {
  readonly root: string;
  readonly write: (name: string, content: string) => void;
  readonly remove: () => void;
}

/** `environments` is that part of project.yaml; without it there is the embedded sandbox. */
export function twoPassProject(
  options: {
    readonly environments?: Readonly<Record<string, unknown>>;
    readonly packages?: Readonly<Record<string, unknown>>;
    readonly composites?: readonly unknown[];
    /** Fields that are held back, by mapping. */
    readonly twoPass?: Readonly<Partial<Record<"teams" | "members", readonly string[]>>>;
  } = {},
): TwoPassProject {
  const root = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-two-pass-"));
  const write = (name: string, content: string): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const environments = options.environments ?? { sandbox: { kind: "sandbox", setup: "data/setup.json" } };
  const { twoPass = { teams: ["LEADER"], members: ["MENTOR"] } } = options;
  write(
    "mappings/project.yaml",
    stringify({
      project: "teams",
      entities: ["members.yaml", "teams.yaml"],
      environments,
      defaults: { environment: Object.keys(environments)[0] },
      ...(options.packages === undefined ? {} : { packages: options.packages }),
      ...(options.composites === undefined ? {} : { composites: options.composites }),
    }),
  );
  for (const [name, label] of [
    ["teams", "Own teams"],
    ["members", "Own members"],
  ] as const) {
    const held = twoPass[name];
    write(
      `mappings/${name}.yaml`,
      stringify({
        entity: label,
        source: { file: `data/${name}.csv`, delimiter: ";" },
        legalEntity: "USMF",
        fields: Object.fromEntries(Object.keys(entities[label].fields).map((field) => [field, field])),
        ...(held === undefined ? {} : { twoPass: held }),
      }),
    );
  }
  write("mappings/schema-overrides.yaml", stringify(overrides));
  write("data/setup.json", JSON.stringify(twoPassSetup));
  write("data/teams.csv", teams);
  write("data/members.csv", members);
  return {
    root,
    write,
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
