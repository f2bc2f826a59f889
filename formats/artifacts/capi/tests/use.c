/* What a user of the header does; the Rust side (c_program.rs) compares what is printed. */

#include "orrery_artifacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);         \
            return 1;                                                       \
        }                                                                   \
    } while (0)

enum { WIDTH = 100, HEIGHT = 70, STRIDE = WIDTH * 4 + 12 };

static uint8_t pixels[STRIDE * HEIGHT];

int main(int count, char **arguments) {
    orrery_artifacts *context = NULL;
    if (count > 1 && strcmp(arguments[1], "no-gpu") == 0) {
        /* Run without any adapter: the error has its own code, and AUTO takes the processor. */
        CHECK(orrery_artifacts_new(ORRERY_GPU, 1, &context) == ORRERY_NO_GPU && context == NULL);
        CHECK(orrery_artifacts_new(ORRERY_AUTO, 1, &context) == ORRERY_OK);
        CHECK(orrery_artifacts_backend(context) == ORRERY_CPU);
        orrery_artifacts_free(context);
        return 0;
    }
    CHECK(orrery_artifacts_new(ORRERY_CPU, 5000, &context) == ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_new(ORRERY_CPU, 2, NULL) == ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_new(77, 2, &context) == ORRERY_BAD_ARGUMENT && context == NULL);
    CHECK(orrery_artifacts_new(ORRERY_CPU, 2, &context) == ORRERY_OK && context != NULL);
    CHECK(orrery_artifacts_backend(context) == ORRERY_CPU);
    CHECK(strlen(orrery_artifacts_description(context)) > 0);
    CHECK(strcmp(orrery_artifacts_error(context), "") == 0);

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i / 7 + i / 3);

    orrery_tile tiles[8];
    CHECK(orrery_artifacts_random_tiles(WIDTH, HEIGHT, 16, 64, 10, 7, tiles, 7) == ORRERY_OK);
    CHECK(orrery_artifacts_random_tiles(WIDTH, HEIGHT, 64, 16, 10, 7, tiles, 7) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_random_tiles(WIDTH, HEIGHT, 16, 64, 10, 7, NULL, 7) ==
          ORRERY_BAD_ARGUMENT);
    tiles[7] = (orrery_tile){-20, -20, 50, 60, 3};

    /* What is refused, refused with a reason, and nothing touched. */
    static uint8_t before[sizeof pixels];
    memcpy(before, pixels, sizeof pixels);
    CHECK(orrery_artifacts_apply(NULL, pixels, WIDTH, HEIGHT, 4, STRIDE, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_apply(context, NULL, WIDTH, HEIGHT, 4, STRIDE, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 5, STRIDE, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 4, WIDTH, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_apply(context, pixels, 0, HEIGHT, 4, STRIDE, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 4, STRIDE, NULL, 8) ==
          ORRERY_BAD_ARGUMENT);
    tiles[7].quality = 101;
    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 4, STRIDE, tiles, 8) ==
          ORRERY_BAD_ARGUMENT);
    CHECK(strstr(orrery_artifacts_error(context), "101") != NULL);
    CHECK(memcmp(before, pixels, sizeof pixels) == 0);
    tiles[7].quality = 3;

    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 4, STRIDE, NULL, 0) == ORRERY_OK);
    CHECK(orrery_artifacts_apply(context, pixels, WIDTH, HEIGHT, 4, STRIDE, tiles, 8) ==
          ORRERY_OK);
    CHECK(strcmp(orrery_artifacts_error(context), "") == 0);
    orrery_artifacts_free(context);
    orrery_artifacts_free(NULL);

    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < sizeof pixels; i++)
        hash = (hash ^ pixels[i]) * 0x100000001b3u;
    printf("%016llx\n", (unsigned long long)hash);
    return 0;
}
