import fc from "fast-check";
import { expect, test } from "vitest";
import { dateWords, groupedNumber, minuteWords } from "../../src/errors/number-words.ts";

test("numbers are written as Intl writes them", () => {
  for (const mostDecimals of [0, 1, 3]) {
    const format = new Intl.NumberFormat("en-US", { maximumFractionDigits: mostDecimals });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer(),
          fc.maxSafeNat(),
          fc.integer().map((n) => n / 64),
        ),
        (value) => {
          // Intl tells a negative zero from zero.
          expect(groupedNumber(value, mostDecimals)).toBe(format.format(value).replace(/^-0$/, "0"));
        },
      ),
    );
  }
});

test("days and minutes are written as Intl writes them", () => {
  const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
  const minute = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  const time = fc.date({ min: new Date("1970-01-01"), max: new Date("2999-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(time, (date) => {
      expect(dateWords(date.getTime())).toBe(day.format(date));
      expect(minuteWords(date.getTime())).toBe(minute.format(date));
    }),
  );
});
