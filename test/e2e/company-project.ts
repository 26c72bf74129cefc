import { smallProject, type SmallProject } from "./small-project.ts";

const groupsMapping = `entity: Vendor groups
source: { file: data/groups.csv, delimiter: ";" }
legalEntity: COMPANY
fields:
  VENDORGROUPID: CODE
  DESCRIPTION: TEXT
`;

const vendorsMapping = `entity: Vendors V2
source: { file: data/vendors.csv, delimiter: ";" }
legalEntity: COMPANY
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: GROUP
  DEFAULTPAYMENTTERMSNAME: TERM
`;

/** The companies of the project, both known to the sandbox. */
export const companies = ["DEMF", "USMF"] as const;

/**
 * A project of vendor groups and vendors in two companies: every tenth vendor names a payment term that F&O does not
 * know, and every twentieth has no number, so that it is refused before anything is sent.
 */
export function companyProject(options: {
  readonly environments: Readonly<Record<string, unknown>>;
  /** Vendors of each company. */
  readonly vendors?: number;
  /** Whether F&O refuses any. */
  readonly clean?: boolean;
  /** Records of a package. */
  readonly records?: number;
  readonly limits?: Readonly<Record<string, unknown>>;
}): SmallProject {
  const { environments, vendors = 60, clean = false, records = 20, limits } = options;
  const project = smallProject({
    environments,
    packages: { records },
    ...(limits === undefined ? {} : { limits }),
  });
  project.write("mappings/vendor-groups.yaml", groupsMapping);
  project.write("mappings/vendors.yaml", vendorsMapping);
  const groupRows = companies.flatMap((company) => [`${company};LOCAL;Local`, `${company};ABROAD;Abroad`]);
  project.write("data/groups.csv", ["COMPANY;CODE;TEXT", ...groupRows].join("\n"));
  const vendorRows = companies.flatMap((company) =>
    Array.from({ length: vendors }, (_, index) => {
      const term = !clean && index % 10 === 3 ? "NET99" : "Net30";
      const number = !clean && index % 20 === 5 ? "" : `V${String(index).padStart(4, "0")}`;
      return `${company};${number};Vendor ${index};${index % 2 === 0 ? "LOCAL" : "ABROAD"};${term}`;
    }),
  );
  project.write("data/vendors.csv", ["COMPANY;NO;NAME;GROUP;TERM", ...vendorRows].join("\n"));
  return project;
}
