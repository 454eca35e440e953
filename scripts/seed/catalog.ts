/** What people in the seeded data spend on: categories with what is usual in each. Amounts are those of a household that counts in euros. */

export interface Leaf {
  name: string;
  /** How often, against the others. */
  weight: number;
  /** The middle amount in euros, and how widely amounts spread (standard deviation of their logarithm). */
  euros: number;
  spread: number;
  /** How much more often on Saturdays and Sundays. */
  weekend: number;
  season: Season;
  merchants: readonly string[];
}

export interface Group {
  name: string;
  colour: string;
  leaves: readonly Leaf[];
  /** Share of people who have it. */
  share: number;
}

/** How the twelve months differ. */
export const seasons = {
  even: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  summer: [0.4, 0.4, 0.6, 0.9, 1.2, 1.6, 2.2, 2.2, 1.1, 0.7, 0.4, 0.5],
  winter: [1.8, 1.7, 1.3, 0.9, 0.6, 0.4, 0.3, 0.3, 0.6, 1, 1.4, 1.7],
  gifts: [0.5, 0.8, 0.7, 0.8, 0.9, 0.8, 0.7, 0.7, 0.7, 0.9, 1.6, 3.2],
} as const;
export type Season = keyof typeof seasons;

const leaf = (name: string, weight: number, euros: number, spread: number, merchants: string, more: Partial<Pick<Leaf, "weekend" | "season">> = {}): Leaf => ({
  name,
  weight,
  euros,
  spread,
  weekend: more.weekend ?? 1,
  season: more.season ?? "even",
  merchants: merchants.split("|"),
});

export const groups: readonly Group[] = [
  {
    name: "Food",
    colour: "#2e7d32",
    share: 1,
    leaves: [
      leaf("Groceries", 26, 28, 0.8, "Rewe|Lidl|Aldi|Carrefour|Tesco|Whole Foods|Migros|Coop|Mercadona|Biedronka|Łabędź Deli|セブン-イレブン", {
        weekend: 1.5,
      }),
      leaf("Restaurants", 9, 24, 0.6, "Trattoria Da Nino|Café Müller|Sushi 大阪|Golden Dragon|El Rincón|Le Petit Bistro|Zur Linde|مطعم الشام|Pho 88", {
        weekend: 2.2,
      }),
      leaf("Coffee and snacks", 13, 4.2, 0.4, "Starbucks|Costa|Bäckerei Schmitt|Pret A Manger|Kiosk am Eck|Espresso House|Boulangerie Paul"),
      leaf("Delivery", 4, 21, 0.45, "Lieferando|Uber Eats|Deliveroo|Wolt", { weekend: 1.8 }),
    ],
  },
  {
    name: "Home",
    colour: "#5d4037",
    share: 1,
    leaves: [
      leaf("Rent", 0, 950, 0.35, "Hausverwaltung Nord|Vonovia|Greystar|Homes & Co"),
      leaf("Electricity and gas", 0, 85, 0.4, "E.ON|EDF|Octopus Energy|Iberdrola|Vattenfall", { season: "winter" }),
      leaf("Internet and phone", 0, 35, 0.4, "Telekom|Vodafone|Orange|T-Mobile|Swisscom|KDDI"),
      leaf("Furniture", 0.7, 90, 1, "IKEA|Maisons du Monde|Wayfair|JYSK"),
      leaf("Repairs", 0.8, 45, 0.9, "Bauhaus|OBI|Leroy Merlin|B&Q|Home Depot", { weekend: 1.6 }),
    ],
  },
  {
    name: "Transport",
    colour: "#1565c0",
    share: 0.97,
    leaves: [
      leaf("Public transport", 8, 3.2, 0.5, "BVG|RATP|TfL|ÖBB|MTA|JR東日本", { weekend: 0.7 }),
      leaf("Fuel", 4, 58, 0.35, "Shell|Aral|BP|TotalEnergies|Esso"),
      leaf("Taxi", 2, 14, 0.5, "Uber|Bolt|FreeNow|Taxi Zentrale", { weekend: 1.9 }),
      leaf("Car", 0.6, 130, 0.9, "ATU|Autohaus König|Midas|Jiffy Lube"),
    ],
  },
  {
    name: "Health",
    colour: "#c62828",
    share: 0.95,
    leaves: [
      leaf("Pharmacy", 3, 12, 0.7, "dm|Rossmann|Boots|Apotheke am Markt|CVS", { season: "winter" }),
      leaf("Doctor", 0.7, 60, 0.9, "Dr. Weber|Zahnarzt Novak|City Clinic"),
      leaf("Gym", 0, 30, 0.3, "McFit|Basic-Fit|PureGym|Urban Sports"),
    ],
  },
  {
    name: "Leisure",
    colour: "#6a1b9a",
    share: 0.97,
    leaves: [
      leaf("Streaming", 0, 11, 0.3, "Netflix|Spotify|Disney+|YouTube Premium|DAZN"),
      leaf("Books and games", 3, 18, 0.6, "Thalia|Amazon|Steam|Nintendo|Waterstones"),
      leaf("Cinema and concerts", 2, 26, 0.6, "CinemaxX|Odeon|Eventim|Ticketmaster", { weekend: 2.4 }),
      leaf("Sport", 1.5, 32, 0.8, "Decathlon|Intersport|Kletterhalle", { weekend: 1.5, season: "summer" }),
    ],
  },
  {
    name: "Shopping",
    colour: "#ef6c00",
    share: 0.98,
    leaves: [
      leaf("Clothes", 3.5, 42, 0.7, "H&M|Zara|Uniqlo|C&A|Zalando", { weekend: 1.7 }),
      leaf("Electronics", 1.2, 85, 1.1, "MediaMarkt|Apple|Amazon|Currys|Best Buy"),
      leaf("Gifts", 1.5, 30, 0.7, "Amazon|Etsy|Blumen Schmidt|Toys R Us", { season: "gifts" }),
      leaf("Household goods", 3, 16, 0.7, "dm|Rossmann|Action|Tiger|Amazon"),
    ],
  },
  {
    name: "Travel",
    colour: "#00838f",
    share: 0.8,
    leaves: [
      leaf("Flights", 0.4, 190, 0.7, "Ryanair|Lufthansa|easyJet|ANA|SAS", { season: "summer" }),
      leaf("Hotels", 0.8, 120, 0.6, "Booking.com|Airbnb|Motel One|ibis", { season: "summer", weekend: 1.4 }),
      leaf("Trains", 1, 38, 0.7, "Deutsche Bahn|SNCF|Trenitalia|Eurostar", { season: "summer" }),
    ],
  },
  {
    name: "Children",
    colour: "#ad1457",
    share: 0.35,
    leaves: [
      leaf("Nursery and school", 0, 180, 0.5, "Kita Sonnenschein|Crèche Les Lutins|Bright Horizons"),
      leaf("Toys and clothes", 2.5, 24, 0.6, "JAKO-O|Vertbaudet|LEGO|Smyths", { season: "gifts" }),
    ],
  },
  {
    name: "Pets",
    colour: "#4e342e",
    share: 0.3,
    leaves: [leaf("Pet food", 1.6, 26, 0.5, "Fressnapf|Zooplus|Pets at Home"), leaf("Vet", 0.25, 75, 0.8, "Tierarzt Braun|Vets Now")],
  },
  {
    name: "Insurance and fees",
    colour: "#455a64",
    share: 1,
    leaves: [leaf("Insurance", 0, 55, 0.6, "Allianz|AXA|HUK-Coburg|Zurich"), leaf("Bank fees", 0.5, 4.9, 0.4, "Sparkasse|BNP|Revolut|Monzo")],
  },
  { name: "Income", colour: "#33691e", share: 1, leaves: [leaf("Salary", 0, 2900, 0.35, "Nordlicht GmbH|Acme Ltd|Blue Harbour SA|株式会社青空")] },
];

export const descriptions: readonly string[] = [
  "weekly shop",
  "lunch with the team",
  "for the weekend",
  "shared with Tom, he owes me half",
  "birthday present",
  "replacement",
  "on the way home",
  "déjà payé par carte",
  "Nachkauf",
  "🎉 party",
  "rechnung 4711, siehe Mail",
  "see the receipt in the drawer; keep it until the warranty ends in two years",
];

export const tags: readonly string[] = ["shared", "work", "tax", "kids", "holiday", "online", "cash", "impulse", "gift", "reimbursable"];

/** Currencies by how many people count in them, and how many of their units a euro is. */
export const currencies = [
  { code: "EUR", share: 0.46, perEuro: 1 },
  { code: "USD", share: 0.22, perEuro: 1.09 },
  { code: "GBP", share: 0.1, perEuro: 0.86 },
  { code: "JPY", share: 0.06, perEuro: 163 },
  { code: "CHF", share: 0.05, perEuro: 0.95 },
  { code: "SEK", share: 0.04, perEuro: 11.3 },
  { code: "PLN", share: 0.04, perEuro: 4.3 },
  { code: "KWD", share: 0.03, perEuro: 0.335 },
] as const;
export type Currency = (typeof currencies)[number];
