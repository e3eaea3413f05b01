#!/bin/sh
# Compiles the colour kernel (C -> wasm SIMD). Needs clang and wasm-ld; output: the committed colour.wasm, or the path in $1.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
colour="$here/src/timeline/pictures/colour"
out=${1:-"$colour/colour.wasm"}
cd "$colour"
clang --target=wasm32 -O3 -msimd128 -ffreestanding -fno-builtin -ffp-contract=off -nostdlib -Wall -Wextra -Werror \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 -o "$out" colour.c
