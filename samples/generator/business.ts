import { countries, surnames, trades, type Country } from "./places.ts";
import type { Company } from "./company.ts";
import type { Random } from "./random.ts";

/** An invented business partner. */
export interface Business {
  readonly country: Country;
  readonly name: string;
  /** Short upper-case name, at most 20 characters. */
  readonly searchName: string;
  readonly street: string;
  readonly postalCode: string;
  readonly town: string;
  /** At most 20 characters. */
  readonly phone: string;
  readonly email: string;
}

/** Countries a company mostly deals with; each is as likely as it is often named. */
const dealsWith: Record<Company, readonly string[]> = {
  "100": ["US", "US", "US", "US", "US", "US", "GB", "DE", "FR", "NL"],
  "200": ["DE", "DE", "DE", "DE", "DE", "AT", "AT", "CH", "FR", "NL", "IT", "DK", "SE", "PL", "CZ"],
};

/** An invented business; `westernOnly` keeps to what Windows-1252 can write. */
export function inventBusiness(random: Random, company: Company, westernOnly: boolean): Business {
  const code = random.pick(dealsWith[company]);
  const country = countries.find((one) => one.code === code && (one.western || !westernOnly));
  if (country === undefined) return inventBusiness(random, company, westernOnly);
  const family = random.pick(country.western ? surnames.western : surnames.eastern);
  const trade = random.pick(trades);
  const [postalCode, town] = random.pick(country.towns);
  const name = inventName(random, { family, trade, town, form: random.pick(country.forms) });
  const host = plain(`${family}-${trade}`);
  return {
    country,
    name,
    searchName: plain(`${family} ${trade}`).toUpperCase().slice(0, 20),
    street: `${random.pick(country.streets)} ${random.integer(1, 180)}${random.chance(0.1) ? "a" : ""}`,
    postalCode,
    town,
    phone: `${country.dialling} ${random.digits(3)} ${random.digits(6)}`,
    email: `${random.pick(["info", "einkauf", "sales", "buchhaltung", "office"])}@${host}.example`,
  };
}

function inventName(
  random: Random,
  parts: { readonly family: string; readonly trade: string; readonly town: string; readonly form: string },
): string {
  const { family, trade, town, form } = parts;
  switch (random.integer(0, 7)) {
    case 0:
      return `${family} & Söhne ${form}`;
    case 1:
      return `Gebr. ${family} ${trade} ${form}`;
    case 2:
      return `${trade} ${town} ${form}`;
    case 3:
      return `${family}, ${random.pick(["Meyer", "Sanders", "Lopez"])} & Partner ${form}`;
    case 4:
      // A semicolon and quotes in a name: both have to be quoted in a CSV file.
      return random.chance(0.15) ? `${trade} "${family}"; ${form}` : `${trade} ${family} ${form}`;
    default:
      return `${family} ${trade} ${form}`;
  }
}

/** Lower-case ASCII letters and hyphens, for host names and search names. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[øØ]/g, "o")
    .replace(/[łŁ]/g, "l")
    .replace(/ß/g, "ss")
    .replace(/[^A-Za-z0-9 -]/g, "")
    .replace(/\s+/g, "-")
    .replace(/-{2,}/g, "-")
    .toLowerCase();
}
