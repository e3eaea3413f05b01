export * from './make-credential.ts';
export * from './manifest.ts';
export * from './open-credential.ts';
export * from './open-signing.ts';
export * from './read-manifest.ts';
export * from './sign-media.ts';
