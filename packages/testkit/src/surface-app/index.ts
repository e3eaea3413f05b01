export * from './measured-server.ts';
export * from './memory-jobs.ts';
export * from './memory-ports.ts';
export * from './surface-app.ts';
export * from './test-media.ts';
