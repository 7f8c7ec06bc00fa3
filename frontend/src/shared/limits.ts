/** The most characters a message may have; app/chat has the same limit. */
export const maxText = 10_000
