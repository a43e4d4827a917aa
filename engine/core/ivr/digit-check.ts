// Checksums of numbers that callers type.
import type { DigitCheck } from "./flow-config.ts";

/** On a telephone the X of an identity number is typed as `*`. */
export function passesCheck(check: DigitCheck, digits: string): boolean {
  switch (check) {
    case "none":
      return true;
    case "luhn":
      return passesLuhn(digits);
    case "idCard":
      return passesIdCard(digits);
  }
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  if (!/^[0-9]{2,}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** GB 11643-1999 (ISO 7064 MOD 11-2): 17 digits and a check sign. */
function passesIdCard(digits: string): boolean {
  if (!/^[0-9]{17}[0-9*X]$/.test(digits)) return false;
  const sum = [...digits.slice(0, 17)].reduce(
    (total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11),
    0,
  );
  const sign = digits.charAt(17) === "*" ? "X" : digits.charAt(17);
  return "10X98765432".charAt(sum % 11) === sign;
}
