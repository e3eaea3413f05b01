#!/bin/sh
# Compiles the motion kernels (C -> wasm SIMD). Needs clang and wasm-ld; output: the committed warp.wasm, or the path in $1.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
motion="$here/src/backends/cpu/motion"
out=${1:-"$motion/warp.wasm"}
cd "$motion"
clang --target=wasm32 -O3 -msimd128 -mnontrapping-fptoint -ffreestanding -fno-builtin -ffp-contract=off -nostdlib -Wall -Wextra -Werror \
  -Wl,--no-entry -Wl,--export=__heap_base -Wl,--strip-all -Wl,-z,stack-size=65536 -o "$out" warp.c
