export { findMissingForS3, type S3ServerKind, s3ServerKinds, startS3, type TestS3 } from './start-s3.ts';
