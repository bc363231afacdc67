/** Points in time as RFC 3339 writes them. In here they are milliseconds since 1970. */
import { refused, type Read } from "./read.ts";

export const instantSays = "a time such as 2027-01-31T18:00:00Z";
export const instantPattern =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;

const parts =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

export function readInstant(text: string): Read<number> {
  const found = parts.exec(text);
  if (found === null) {
    const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `; did you mean ${text}T00:00:00Z?` : "";
    return refused(`it takes ${instantSays}${whole}`);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map(Number);
  const [fraction = "0", sign = "+", aheadHours = "0", aheadMinutes = "0"] = found.slice(7);
  const isTime = hour < 24 && minute < 60 && second < 60;
  const isOffset = Number(aheadHours) < 24 && Number(aheadMinutes) < 60;
  if (!isTime || !isOffset || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
    return refused(`there is no such time; it takes ${instantSays}`);
  }
  const aheadMs = (Number(aheadHours) * 60 + Number(aheadMinutes)) * 60_000;
  const localMs = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60_000;
  const value =
    localMs +
    second * 1_000 +
    Math.floor(Number(`0.${fraction}`) * 1_000) +
    (sign === "-" ? aheadMs : -aheadMs);
  return { value };
}

export function instantText(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  const rest = milliseconds - days * 86_400_000;
  const [year, month, day] = dateOf(days);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const time = [3_600_000, 60_000, 1_000].map((size, i) =>
    pad(Math.floor(rest / size) % (i === 0 ? 24 : 60)),
  );
  const fraction = rest % 1_000 === 0 ? "" : `.${pad(rest % 1_000, 3)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${time.join(":")}${fraction}Z`;
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

// Both count in years that begin in March, so that the leap day comes last: Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms". 719 468 days lie between 0000-03-01 and 1970.
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
  );
}

function dateOf(days: number): [year: number, month: number, day: number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
