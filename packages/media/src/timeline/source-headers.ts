const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * A copy in which the values of request headers are others: those of every object that has `src` and `headers`, wherever it stands.
 * They may hold secrets, so whoever stores or shows a document changes them first.
 */
export const mapSourceHeaders = (value: unknown, map: (value: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => mapSourceHeaders(item, map));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isHeaders = key === 'headers' && typeof value.src === 'string' && isRecord(inner);
      return [key, isHeaders ? mapTexts(inner, map) : mapSourceHeaders(inner, map)];
    }),
  );
};

const mapTexts = (record: Readonly<Record<string, unknown>>, map: (value: string) => string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([name, text]) => [name, typeof text === 'string' ? map(text) : text]));
