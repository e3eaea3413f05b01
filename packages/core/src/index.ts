export * from './errors.ts';
export * from './tasks.ts';
export * from './units.ts';
