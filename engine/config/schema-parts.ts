// Values that several sections of the site file share.
import { z } from "zod";

export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, "letters, digits, _ and -, at most 40");
export const digits = z.string().regex(/^[0-9*#+]{1,32}$/, "digits; quote numbers in YAML");
export const port = z.number().int().min(0).max(65_535);
export const seconds = z.number().min(0).max(86_400);
export const cidr = z
  .string()
  .regex(/^[0-9a-fA-F.:]+(\/[0-9]{1,3})?$/, "an IP address or CIDR block");
export const role = z.enum(["leader", "supervisor", "qa", "admin", "client-viewer"]);
