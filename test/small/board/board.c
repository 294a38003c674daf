/* SPDX-License-Identifier: ISC */
/* Starts a test program on an emulated board with a Cortex-M4. The emulator gives it its arguments and files and takes
 * what it writes and returns (semihosting); the C library knows how, but not how to begin there. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GET_COMMAND_LINE = 0x15, MAX_LINE = 256, MAX_WORDS = 8, FAULT = 99 };

extern char board_heap[], board_heap_end[], board_stack_end[]; /* in board.ld */

int main(int argc, char **argv);
void board_start(void);
void initialise_monitor_handles(void); /* of the C library: opens the emulator's standard streams */
void *_sbrk(ptrdiff_t more);
void _init(void);
void _fini(void);

/* Nothing but what the arrays of constructors say. */
void _init(void)
{
}

void _fini(void)
{
}

/* Memory for malloc; what the C library has in this place believes a function named `end` to be the first of it. */
void *_sbrk(ptrdiff_t more)
{
    static char *at = board_heap;
    char *piece = at;

    if (more > board_heap_end - at) {
        errno = ENOMEM;
        return (void *)-1;
    }
    at += more;
    return piece;
}

static int32_t ask_emulator(int32_t operation, void *block)
{
    register int32_t r0 __asm__("r0") = operation;
    register void *r1 __asm__("r1") = block;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int split(char *line, char *words[MAX_WORDS])
{
    int n = 0;

    for (char *word = strtok(line, " "); word != NULL && n < MAX_WORDS - 1; word = strtok(NULL, " ")) {
        words[n++] = word;
    }
    return n;
}

void board_start(void)
{
    static char line[MAX_LINE];
    static char *words[MAX_WORDS];
    struct {
        char *text;
        uint32_t size;
    } command_line = {line, sizeof(line)};

    initialise_monitor_handles();
    if (ask_emulator(GET_COMMAND_LINE, &command_line) != 0) {
        exit(FAULT);
    }
    exit(main(split(line, words), words));
}

/* Access where there is no memory, an instruction that does not exist and the like. */
static void fault(void)
{
    _Exit(FAULT);
}

/* Where the processor begins: its stack, the first function, and those for what goes wrong. */
const struct {
    char *stack_end;
    void (*handlers[6])(void);
} vectors
    __attribute__((section(".vectors"), used)) = {board_stack_end, {board_start, fault, fault, fault, fault, fault}};
