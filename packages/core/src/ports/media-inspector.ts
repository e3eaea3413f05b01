/** What a received file is, by its content. Declared types and file names are never trusted. */
export interface MediaInspector {
  /**
   * Reads the first bytes. `family` is `image`, `audio` or `video` for what an engine could use, `other` for everything else;
   * a file that holds sound and no moving picture is `audio`, whatever its container.
   */
  identify(path: string): Promise<{ family: 'image' | 'audio' | 'video' | 'other'; mediaType: string }>;
  /** Decodes the whole picture under limits. Size after EXIF rotation. Throws DomainError `unsupported_media`, code `image_undecodable`. */
  inspectImage(path: string): Promise<{ mediaType: string; width: number; height: number }>;
  /** Decodes the whole sound under limits. Throws DomainError `unsupported_media`, code `audio_undecodable`. */
  inspectAudio(path: string): Promise<{ mediaType: string; seconds: number }>;
}
