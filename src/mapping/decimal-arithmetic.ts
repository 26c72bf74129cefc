import { canonical } from "./decimal-text.ts";

/** Digits of a number that is calculated with: far beyond what F&O holds, little enough to stay fast. */
const maxDigits = 200;

interface Scaled {
  readonly units: bigint;
  /** Digits behind the point. */
  readonly scale: number;
}

/** The sum of two canonical decimals, exactly. All functions here give undefined beyond 200 digits. */
export function add(a: string, b: string): string | undefined {
  return both(a, b, (x, y) => {
    const scale = Math.max(x.scale, y.scale);
    return { units: at(x, scale) + at(y, scale), scale };
  });
}

/** The first canonical decimal less the second, exactly. */
export function subtract(a: string, b: string): string | undefined {
  return add(a, negate(b));
}

/** The product of two canonical decimals, exactly. */
export function multiply(a: string, b: string): string | undefined {
  return both(a, b, (x, y) => ({ units: x.units * y.units, scale: x.scale + y.scale }));
}

/** The quotient of two canonical decimals, rounded half away from zero to `scale` digits; undefined for a zero. */
export function divide(a: string, b: string, scale: number): string | undefined {
  return both(a, b, (x, y) => {
    if (y.units === 0n) return undefined;
    const numerator = x.units * 10n ** BigInt(scale + y.scale);
    const denominator = y.units * 10n ** BigInt(x.scale);
    const doubled = (size(numerator) * 2n) / size(denominator);
    const rounded = (doubled + 1n) / 2n;
    return { units: numerator < 0n !== denominator < 0n ? -rounded : rounded, scale };
  });
}

/** The same number with the other sign. */
export function negate(value: string): string {
  if (value.startsWith("-")) return value.slice(1);
  return /[1-9]/.test(value) ? `-${value}` : value;
}

function both(
  a: string,
  b: string,
  calculate: (x: Scaled, y: Scaled) => Scaled | undefined,
): string | undefined {
  if (a.length > maxDigits || b.length > maxDigits) return undefined;
  const result = calculate(scaled(a), scaled(b));
  return result === undefined ? undefined : text(result);
}

function scaled(value: string): Scaled {
  const point = value.indexOf(".");
  return { units: BigInt(value.replace(".", "")), scale: point === -1 ? 0 : value.length - point - 1 };
}

function at(value: Scaled, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function text({ units, scale }: Scaled): string {
  const digits = size(units)
    .toString()
    .padStart(scale + 1, "0");
  const point = digits.length - scale;
  return canonical(units < 0n, digits.slice(0, point), digits.slice(point));
}
