// The estimated wait counts with those before who will not stay.
import { expect, it } from "vitest";
import { forecastErrors } from "./forecast.ts";

it.each([1, 1.5])("is off by less than a seventh of the mean wait at load %f", (load) => {
  const { bias, meanWait, forecasts } = forecastErrors(load, 1, 10_000);
  expect(forecasts).toBeGreaterThan(500);
  expect(Math.abs(bias)).toBeLessThan(meanWait / 7);
});
