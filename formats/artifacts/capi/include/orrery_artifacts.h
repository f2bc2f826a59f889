/* JPEG-like compression artifacts on tiles of a picture, in place: the C interface of the Rust
 * crate orrery-artifacts, which says what exactly is done (docs/formats/artifacts.md).
 *
 * Link with liborrery_artifacts_c (`cargo build --release -p orrery-artifacts-capi`).
 *
 * A context belongs to one call at a time; several contexts may work at once on pictures that
 * are not the same. Nothing here calls back, and nothing unwinds into the caller. */

#ifndef ORRERY_ARTIFACTS_H
#define ORRERY_ARTIFACTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Results of functions. */
#define ORRERY_OK 0
#define ORRERY_BAD_ARGUMENT 1 /* a null pointer, an unknown constant, a size that cannot be */
#define ORRERY_NO_GPU 2       /* ORRERY_GPU, and there is none */
#define ORRERY_FAILED 3       /* the GPU lost the work, or no thread could be started */

/* Backends. */
#define ORRERY_AUTO 0 /* a GPU if there is one, else the processor */
#define ORRERY_GPU 1  /* a GPU, or software Vulkan */
#define ORRERY_CPU 2  /* the processor */

typedef struct orrery_artifacts orrery_artifacts;

/* A rectangle in pixels; what lies outside the picture is cut off. Quality is 1 to 100. */
typedef struct {
    int32_t x;
    int32_t y;
    uint32_t width;
    uint32_t height;
    uint32_t quality;
} orrery_tile;

/* Makes a context. threads: of the processor; 0 for one on each core. On failure *out is NULL. */
int32_t orrery_artifacts_new(int32_t backend, uint32_t threads, orrery_artifacts **out);

/* Frees a context; NULL is nothing. */
void orrery_artifacts_free(orrery_artifacts *context);

/* The backend that was taken: ORRERY_GPU or ORRERY_CPU; ORRERY_AUTO for NULL. */
int32_t orrery_artifacts_backend(const orrery_artifacts *context);

/* The backend in words, UTF-8, owned by the context; NULL for NULL. */
const char *orrery_artifacts_description(const orrery_artifacts *context);

/* What the last call that failed on this context said, UTF-8; owned by the context and good
 * until its next call. "" if none failed; NULL for NULL. */
const char *orrery_artifacts_error(const orrery_artifacts *context);

/* Compresses the tiles of a picture in place, in list order.
 * pixels: rows from the top, stride bytes apart; channels: 3 (RGB) or 4 (RGBA, alpha stays). The
 * last row ends with its last pixel. tiles may be NULL if count is 0. */
int32_t orrery_artifacts_apply(orrery_artifacts *context, uint8_t *pixels, uint32_t width,
                               uint32_t height, uint32_t channels, size_t stride,
                               const orrery_tile *tiles, size_t count);

/* Writes count random tiles of a seed (generator SplitMix64) for a picture of width x height
 * pixels; sides are min to max, cut to the picture. The same on every machine and backend. */
int32_t orrery_artifacts_random_tiles(uint32_t width, uint32_t height, uint32_t min, uint32_t max,
                                      uint32_t quality, uint64_t seed, orrery_tile *tiles,
                                      size_t count);

#ifdef __cplusplus
}
#endif

#endif
