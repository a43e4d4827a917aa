// Everybody who may log in, by id: agents and users of the site file.
import type { SiteFile } from "../../config/schema.ts";
import type { Role } from "../../wire/desk.ts";
import type { Me } from "../../wire/http-api.ts";

export type Person = Readonly<Me & { role: Role }>;
export type People = ReadonlyMap<string, Person>;

/** Roles that come into agents' talks, with the browser that they watch in. */
const mayListen = (role: Role): boolean => role === "supervisor" || role === "leader";

export function peopleOf(site: Pick<SiteFile, "agents" | "users">): People {
  const people = new Map<string, Person>();
  for (const { id, name, device } of site.agents) {
    people.set(id, { id, name, role: "agent", device: device.kind });
  }
  for (const { id, name, role } of site.users) {
    people.set(id, { id, name, role, device: mayListen(role) ? "browser" : null });
  }
  return people;
}
