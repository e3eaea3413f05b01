const listLimitMax = 1000;

export function checkListLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > listLimitMax)
    throw new RangeError(`list limit ${limit}: 1 to ${listLimitMax}`);
}
