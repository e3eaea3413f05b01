export * from './data-uri.ts';
export * from './json-scanner.ts';
export * from './long-string.ts';
export * from './scan-json-file.ts';
