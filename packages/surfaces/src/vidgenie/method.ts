import type { z } from 'zod';
import type { Access, Call, PublicCall } from './call.ts';

export interface Method {
  readonly name: string;
  readonly access: Access;
  /** May be called by GET too. */
  readonly isRead: boolean;
  /** Takes a form as well; it is then not read yet. */
  readonly runForm: ((call: Call) => Promise<unknown>) | null;
  run(call: Call | PublicCall, input: unknown): Promise<unknown>;
  parse(input: unknown): { value: unknown } | { error: z.ZodError };
}

interface Options {
  readonly isRead?: boolean;
  readonly runForm?: (call: Call) => Promise<unknown>;
}

/** A method that a known caller may call. `run` returns `data`. */
export function method<I>(
  name: string,
  access: 'user' | 'any',
  input: z.ZodType<I>,
  run: (call: Call, input: I) => Promise<unknown>,
  options: Options = {},
): Method {
  return {
    ...base(name, access, input, options),
    run(call, value) {
      if (!('caller' in call)) throw new Error(`${name} was called for nobody`);
      return run(call, input.parse(value));
    },
  };
}

export function publicMethod<I>(
  name: string,
  input: z.ZodType<I>,
  run: (call: PublicCall, input: I) => Promise<unknown>,
): Method {
  return { ...base(name, 'public', input, {}), run: (call, value) => run(call, input.parse(value)) };
}

function base<I>(name: string, access: Access, input: z.ZodType<I>, options: Options): Omit<Method, 'run'> {
  return {
    name,
    access,
    isRead: options.isRead ?? false,
    runForm: options.runForm ?? null,
    parse(value) {
      const parsed = input.safeParse(value);
      return parsed.success ? { value } : { error: parsed.error };
    },
  };
}
