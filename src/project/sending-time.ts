import { z } from "zod";

/** When a load sends its packages; see docs/loading.md. */
export const sendingShape = z.enum(["afterBuilding", "whileBuilding"]);

export type SendingTime = z.infer<typeof sendingShape>;
