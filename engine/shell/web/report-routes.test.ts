import { expect, it } from "vitest";
import { world } from "./testing-world.ts";

it("a report is for the arrivals and intervals that were asked for", async () => {
  const { web, cookieOf } = await world();
  const headers = { cookie: await cookieOf("5001") };
  const url = "/api/v1/reports/queues?from=10&to=20&by=halfHour";
  const { rows, total } = (await web.app.inject({ url, headers })).json();
  expect(total).toMatchObject({ key: "halfHour 10 20", offered: 4, waiting: 4, unexplained: 0 });
  expect(rows).toEqual([{ ...total, key: "=1" }]);
});

it("a report as CSV has numerators and denominators, and nothing to calculate", async () => {
  const { web, cookieOf } = await world();
  const headers = { cookie: await cookieOf("5001") };
  const url = "/api/v1/reports/queues.csv?from=10&to=20&by=queue";
  const answer = await web.app.inject({ url, headers });
  expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
  expect(answer.body.split("\r\n").slice(1)).toEqual([
    "'=1,4,0,0,0,0,0,0,4,,,0,0,4,0,0,4,0,0,4,,0,0,,0,0,",
    "total,4,0,0,0,0,0,0,4,,,0,0,4,0,0,4,0,0,4,,0,0,,0,0,",
    "",
  ]);
});

it("a client sees masked numbers and no notes", async () => {
  const { web, cookieOf } = await world();
  const callsFor = async (id: string) =>
    (await web.app.inject({ url: "/api/v1/calls", headers: { cookie: await cookieOf(id) } })).json()
      .calls[0];
  const [all, masked] = [await callsFor("4001"), await callsFor("5001")];
  expect(all.ani).not.toBe(masked.ani);
  expect(masked).toEqual({ ...all, ani: masked.ani, notes: "" });
});
