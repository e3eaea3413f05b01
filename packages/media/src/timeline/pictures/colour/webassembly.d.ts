/** The part of the WebAssembly API that the renderers use; TypeScript declares it only together with the whole DOM. */
declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global {
    private constructor();
    value: unknown;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, Memory | Global | ((...args: number[]) => number | undefined) | undefined>>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module): Promise<Instance>;
}
