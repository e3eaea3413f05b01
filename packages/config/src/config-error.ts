/** One wrong or missing setting. `value` is already masked; undefined when the setting was not given. */
export interface ConfigFault {
  readonly name: string;
  readonly value: string | undefined;
  readonly rule: string;
}

/** Every fault of the configuration at once, one line each: name, value, rule. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ name, value, rule }) => `  ${name}${value === undefined ? '' : ` = ${value}`}: ${rule}`);
    super(`${faults.length} setting${faults.length === 1 ? ' is' : 's are'} wrong\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** Hides a secret wholly, and the password of any URL. */
export function maskValue(value: string, isSecret: boolean): string {
  if (isSecret) return '(hidden)';
  const masked = value.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s@]*@/gi, '$1:(hidden)@');
  const text = JSON.stringify(masked);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
