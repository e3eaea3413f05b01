import type { FastifyRequest } from 'fastify';
import { fault, invalidRequest } from './errors.ts';
import { maxBodyBytes } from './schemas.ts';

const typeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export const isForm = (request: FastifyRequest): boolean => typeOf(request) === 'multipart/form-data';

/** The JSON object of a POST; nothing at all counts as an empty one. Throws 400, 413, 415. */
export async function receiveBody(request: FastifyRequest): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('the body stream has an encoding');
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  const type = typeOf(request);
  if (type !== 'application/json' && !type.endsWith('+json'))
    throw fault(415, 'unsupported_media_type', `The body must be application/json, not ${type === '' ? 'untyped' : type}`);
  return objectOf(Buffer.concat(chunks));
}

const tooLarge = () => fault(413, 'payload_too_large', `The body has more than ${maxBodyBytes} bytes`);

function objectOf(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fault(400, 'invalid_json', 'The body is not valid JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidRequest([{ path: '', code: 'invalid_type', message: 'must be a JSON object' }]);
  return value;
}

const numbers: readonly string[] = ['limit', 'wait', 'version'];
const lists: readonly string[] = ['include'];
const objects: readonly string[] = ['metadata'];

/** The query of a GET in the form that a body would have. */
export function readQuery(request: FastifyRequest): unknown {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const repeated = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1 && !lists.includes(name));
  if (repeated.length > 0)
    throw invalidRequest(repeated.map((path) => ({ path, code: 'repeated', message: 'is given more than once' })));
  return Object.fromEntries([...query].map(([name, text]) => [name, readValue(name, text, query)]));
}

function readValue(name: string, text: string, query: URLSearchParams): unknown {
  if (numbers.includes(name)) return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (lists.includes(name)) return query.getAll(name).flatMap((item) => item.split(','));
  if (!objects.includes(name)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
