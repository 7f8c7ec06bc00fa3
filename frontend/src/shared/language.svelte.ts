/** The system's language tag. */
export const systemLanguage = new Intl.DateTimeFormat().resolvedOptions().locale

/** The language for dates: the system's, or the one chosen in the settings. */
export const dateLanguage = $state({ tag: systemLanguage })
