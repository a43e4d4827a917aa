// Writes facts until it is killed: node writing-process.js DATABASE-JSON. It goes on after what the
// store has, and prints the `seq` of the last stored fact, in the beginning and whenever one was acknowledged.
import { openStore } from "../../engine/shell/records/store.ts";
import { factsOfCall, factsPerCall } from "../system/fact-stream.ts";

const store = await openStore(JSON.parse(process.argv[2] ?? "null"));
const lastSeq = await store.lastSeq();
process.stdout.write(`${lastSeq}\n`);
// As the journal does: a little of what is stored already is told again.
for (let call = Math.max(0, Math.floor(lastSeq / factsPerCall) - 3); ; call += 2) {
  const facts = [
    ...factsOfCall(call, 1_800_000_000_000),
    ...factsOfCall(call + 1, 1_800_000_000_000),
  ];
  await store.append(facts);
  process.stdout.write(`${facts.at(-1)?.seq}\n`);
}
