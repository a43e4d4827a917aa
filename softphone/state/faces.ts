import type { Role } from "../../engine/wire/desk.ts";

export type Face = "agent" | "supervisor" | "reports" | "admin";

/** Faces that a role may open, its own first. The server checks again on every request. */
export function facesOf(role: Role): readonly Face[] {
  switch (role) {
    case "agent":
      return ["agent"];
    case "leader":
    case "supervisor":
      return ["supervisor", "reports"];
    case "admin":
      return ["admin", "supervisor", "reports"];
    case "qa":
    case "client-viewer":
      return ["reports"];
  }
}

/**
 * What a path shows to a role: a face, or where to go instead. Paths that name no face, and the
 * server's default `/agent` for people without a seat, lead to the role's own face.
 */
export function faceAt(
  path: string,
  role: Role,
): Readonly<{ kind: "face"; face: Face } | { kind: "redirect"; face: Face } | { kind: "refused" }> {
  const allowed = facesOf(role);
  const own = allowed[0] ?? "agent";
  const first = path.split("/")[1] ?? "";
  const face = (["agent", "supervisor", "reports", "admin"] as const).find(
    (name) => name === first,
  );
  if (face === undefined || (face === "agent" && !allowed.includes("agent"))) {
    return { kind: "redirect", face: own };
  }
  return allowed.includes(face) ? { kind: "face", face } : { kind: "refused" };
}
