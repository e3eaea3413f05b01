/** Same shape as the `s3` part of the server's configuration. */
export interface S3Settings {
  /** Null: Amazon's own. */
  readonly endpoint: string | null;
  /** Put into links when clients reach the store by another name; null: `endpoint`. */
  readonly publicEndpoint: string | null;
  readonly bucket: string;
  readonly region: string;
  /** Null: the SDK's own chain (instance roles). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  readonly forcePathStyle: boolean;
  /** `when-required`: for servers that refuse the newer checksums. */
  readonly checksums: 'default' | 'when-required';
}
