/** How a scene begins: from words alone, from a picture, or between two. */
export type SceneMode = 'text-to-video' | 'image-to-video' | 'first-last-frame';

export interface EnhanceRequest {
  readonly prompt: string;
  readonly mode: SceneMode;
  /** The answer is no longer than this, or as long as `prompt`. */
  readonly lengthMax: number;
}

export interface EnhancedPrompt {
  readonly prompt: string;
  /** Who wrote it: a language model, or our own rules. */
  readonly by: 'llm' | 'rules';
}

/** Makes a short prompt one that a video model can film. It sees only what shall be in the picture, never what shall not. */
export interface PromptEnhancer {
  /** One line that keeps the subject. DomainError `backend_unavailable`, code `optimization_failed`, when it cannot. */
  enhance(request: EnhanceRequest): Promise<EnhancedPrompt>;
}
