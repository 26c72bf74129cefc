/** The two companies of the invented ERP, as its extracts write them, and the legal entities they become. */
export const legalEntities = { "100": "USMF", "200": "DEMF" } as const;

export type Company = keyof typeof legalEntities;

export const companies: readonly Company[] = ["100", "200"];
