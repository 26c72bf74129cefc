/** Towns, streets and legal forms of one country; `western` says whether Windows-1252 can write them all. */
export interface Country {
  /** ISO 3166 alpha-2, as the ERP has it. */
  readonly code: string;
  readonly currency: string;
  /** SAP's one-letter language key. */
  readonly language: string;
  readonly dialling: string;
  readonly western: boolean;
  /** Postal code and town. */
  readonly towns: readonly (readonly [string, string])[];
  readonly streets: readonly string[];
  readonly forms: readonly string[];
}

export const countries: readonly Country[] = [
  {
    code: "DE",
    currency: "EUR",
    language: "D",
    dialling: "+49",
    western: true,
    towns: [
      ["01067", "Dresden"],
      ["04109", "Leipzig"],
      ["10115", "Berlin"],
      ["20457", "Hamburg"],
      ["33602", "Bielefeld"],
      ["40213", "Düsseldorf"],
      ["48143", "Münster"],
      ["50667", "Köln"],
      ["60311", "Frankfurt am Main"],
      ["70173", "Stuttgart"],
      ["80331", "München"],
      ["90402", "Nürnberg"],
      ["97070", "Würzburg"],
    ],
    streets: ["Hauptstraße", "Gartenweg", "Mühlgasse", "Am Güterbahnhof", "Lindenallee", "Schloßplatz"],
    forms: ["GmbH", "GmbH & Co. KG", "AG", "e.K.", "OHG"],
  },
  {
    code: "AT",
    currency: "EUR",
    language: "D",
    dialling: "+43",
    western: true,
    towns: [
      ["1010", "Wien"],
      ["4020", "Linz"],
      ["5020", "Salzburg"],
      ["8010", "Graz"],
      ["3100", "St. Pölten"],
    ],
    streets: ["Ringstraße", "Getreidegasse", "Bahnhofplatz", "Donaulände"],
    forms: ["GmbH", "KG", "Ges.m.b.H."],
  },
  {
    code: "CH",
    currency: "CHF",
    language: "D",
    dialling: "+41",
    western: true,
    towns: [
      ["8001", "Zürich"],
      ["3011", "Bern"],
      ["1201", "Genève"],
      ["4051", "Basel"],
    ],
    streets: ["Bahnhofstrasse", "Rue du Rhône", "Seefeldquai", "Industriestrasse"],
    forms: ["AG", "SA", "GmbH"],
  },
  {
    code: "FR",
    currency: "EUR",
    language: "F",
    dialling: "+33",
    western: true,
    towns: [
      ["75008", "Paris"],
      ["69002", "Lyon"],
      ["06000", "Nice"],
      ["67000", "Strasbourg"],
      ["38000", "Grenoble"],
    ],
    streets: ["Rue de l'Église", "Avenue du Général Leclerc", "Boulevard Saint-Rémy", "Quai de la Loire"],
    forms: ["SARL", "SAS", "S.A."],
  },
  {
    code: "NL",
    currency: "EUR",
    language: "N",
    dialling: "+31",
    western: true,
    towns: [
      ["1012 AB", "Amsterdam"],
      ["3011 AD", "Rotterdam"],
      ["5611 AZ", "Eindhoven"],
    ],
    streets: ["Keizersgracht", "Stationsplein", "Industrieweg"],
    forms: ["B.V.", "N.V."],
  },
  {
    code: "IT",
    currency: "EUR",
    language: "I",
    dialling: "+39",
    western: true,
    towns: [
      ["00184", "Roma"],
      ["20121", "Milano"],
      ["40121", "Bologna"],
      ["39100", "Bolzano"],
    ],
    streets: ["Via Roma", "Corso Italia", "Viale della Libertà"],
    forms: ["S.r.l.", "S.p.A."],
  },
  {
    code: "DK",
    currency: "DKK",
    language: "K",
    dialling: "+45",
    western: true,
    towns: [
      ["1050", "København"],
      ["8000", "Aarhus"],
      ["5000", "Odense"],
    ],
    streets: ["Vesterbrogade", "Østergade", "Havnevej"],
    forms: ["ApS", "A/S"],
  },
  {
    code: "SE",
    currency: "SEK",
    language: "V",
    dialling: "+46",
    western: true,
    towns: [
      ["111 20", "Stockholm"],
      ["411 05", "Göteborg"],
      ["211 22", "Malmö"],
    ],
    streets: ["Drottninggatan", "Skeppsbron", "Järnvägsgatan"],
    forms: ["AB"],
  },
  {
    code: "GB",
    currency: "GBP",
    language: "E",
    dialling: "+44",
    western: true,
    towns: [
      ["EC1A 1BB", "London"],
      ["M1 1AE", "Manchester"],
      ["B1 1HQ", "Birmingham"],
    ],
    streets: ["High Street", "Station Road", "King's Lane"],
    forms: ["Ltd", "PLC", "LLP"],
  },
  {
    code: "US",
    currency: "USD",
    language: "E",
    dialling: "+1",
    western: true,
    towns: [
      ["98052", "Redmond"],
      ["02108", "Boston"],
      ["60601", "Chicago"],
      ["30301", "Atlanta"],
      ["07030", "Hoboken"],
      ["94103", "San Francisco"],
      ["75201", "Dallas"],
    ],
    streets: ["Main Street", "Industrial Parkway", "Oak Avenue", "2nd Avenue, Suite 400", "Harbor Drive"],
    forms: ["Inc.", "LLC", "Corp.", "Co."],
  },
  {
    code: "PL",
    currency: "PLN",
    language: "L",
    dialling: "+48",
    western: false,
    towns: [
      ["00-001", "Warszawa"],
      ["30-001", "Kraków"],
      ["90-001", "Łódź"],
      ["50-001", "Wrocław"],
    ],
    streets: ["ul. Piękna", "ul. Świętokrzyska", "al. Jerozolimskie"],
    forms: ["sp. z o.o.", "S.A."],
  },
  {
    code: "CZ",
    currency: "CZK",
    language: "C",
    dialling: "+420",
    western: false,
    towns: [
      ["110 00", "Praha"],
      ["602 00", "Brno"],
      ["370 01", "České Budějovice"],
    ],
    streets: ["Václavské náměstí", "Dlouhá třída", "Nádražní"],
    forms: ["s.r.o.", "a.s."],
  },
];

export const surnames = {
  western: [
    ...["Müller", "Schäfer", "Größe", "Weiß", "Jäger", "Köhler", "Böhm", "Huber", "Strauß", "Lüdecke"],
    ...["Baumgärtner", "Hölzl", "Åkesson", "Sørensen", "Lindström", "Dubois", "Lefèvre", "Muñoz", "García"],
    ...["Rossi", "D'Angelo", "de Vries", "van den Berg", "O'Connor", "Smith", "Nguyen", "Walker", "Brändle"],
    ...["Öztürk", "Çelik", "Vogel", "Krüger", "Schmidt-Rottluff", "Ahlgren", "Nygård", "Bélanger"],
  ],
  eastern: ["Dvořák", "Novotná", "Łukasz", "Wójcik", "Kowalczyk", "Šťastný", "Žižka", "Zieliński"],
} as const;

export const trades = [
  ...[
    "Maschinenbau",
    "Werkzeuge",
    "Logistik",
    "Elektrotechnik",
    "Metallbau",
    "Verpackungen",
    "Kälte & Klima",
  ],
  ...["Bürobedarf", "Fördertechnik", "Chemie", "Textil", "Holzhandel", "Präzisionsteile", "Hydraulics"],
  ...["Components", "Industries", "Supply", "Trading", "Foods", "Instruments", "Audio", "Plastics", "Energy"],
] as const;
