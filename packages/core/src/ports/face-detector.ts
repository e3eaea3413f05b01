/** Faces of people in a picture, for rules about what may be animated. Not here: who somebody is. */
export interface FaceDetector {
  /**
   * Every face found in a local picture that was inspected before, with the age it seems to have. Drawn and blurred faces may be
   * missed. Throws StepError.
   */
  detect(path: string, signal: AbortSignal): Promise<readonly { readonly ageYears: number }[]>;
}
