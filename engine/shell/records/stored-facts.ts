// Facts as the store has them.
import type { Kysely } from "kysely";
import type { Fact } from "../../core/fact.ts";
import type { RecordsSchema } from "./schema.ts";

type Db = Kysely<RecordsSchema>;

/** A call with more facts than this shows its first ones. */
const factsOfCallMax = 10_000;

export async function factsAfter(db: Db, seq: number, limit: number): Promise<readonly Fact[]> {
  const rows = await db
    .selectFrom("fact")
    .select("body")
    .where("seq", ">", seq)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(factOf);
}

export async function factsOf(db: Db, callId: string): Promise<readonly Fact[]> {
  const rows = await db
    .selectFrom("fact")
    .select("body")
    .where("call_id", "=", callId)
    .orderBy("seq")
    .limit(factsOfCallMax)
    .execute();
  return rows.map(factOf);
}

function factOf({ body }: Readonly<{ body: string }>): Fact {
  return JSON.parse(body) as Fact;
}
